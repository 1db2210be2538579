"""Where files lie. Reference, "Signed Attachment CDN URLs": an attachment's address works for a day."""

from aiohttp import web

from .faults import Faults
from .hosts import CDN, MEDIA, PROXY
from .world import World


class Cdn:
    """Serves the bytes of attachments, and the pictures of other sites that Discord has looked at."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults

    def routes(self) -> list[web.RouteDef]:
        attachment = "/attachments/{owner}/{attachment_id}/{filename}"
        return [
            web.get(f"/cdn/{CDN}{attachment}", self.serve),
            web.get(f"/cdn/{MEDIA}{attachment}", self.serve),
            web.get(f"/cdn/{PROXY}/external/{{attachment_id}}/{{tail:.*}}", self.serve),
        ]

    async def serve(self, request: web.Request) -> web.Response:
        where = f"{request.method} {request.path}"
        await self.faults.linger(where)
        if (fault := self.faults.strike(where, after_effect=False)) is not None:
            return web.Response(status=fault.status)
        number = request.match_info["attachment_id"]
        attachment = self.world.attachments.get(int(number)) if number.isdigit() else None
        expires = int(request.query.get("ex", "ffffffff"), 16)
        if attachment is None or self.world.clock.now().timestamp() > expires:
            return web.Response(status=404, text="This content is no longer available.")
        if (elsewhere := self.world.moved.get(attachment.id)) is not None:
            return web.Response(status=302, headers={"Location": elsewhere})
        return web.Response(body=attachment.content, content_type=attachment.content_type)
