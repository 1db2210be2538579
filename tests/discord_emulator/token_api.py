"""The endpoints with an interaction's token. Reference, "Receiving and Responding to Interactions"."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .composing import read_body
from .errors import Json, Refusal, refuse
from .front_door import FrontDoor
from .interactions import InteractionRun
from .posting import delete, edit
from .world import World


class TokenApi:
    """Callbacks, follow-ups and the messages that they made. Every refusal is noted at the run."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self, door: FrontDoor) -> list[web.RouteDef]:
        webhook = "/webhooks/{webhook_id}/{token}"
        message = webhook + "/messages/{message_id}"
        return [
            door.route(
                "POST", "/interactions/{interaction_id}/{token}/callback", self.noting(self.respond, 10062)
            ),
            door.route("POST", webhook, self.noting(self.follow_up, 10015)),
            door.route("GET", message, self.noting(self.get_message, 10015)),
            door.route("PATCH", message, self.noting(self.edit_message, 10015)),
            door.route("DELETE", message, self.noting(self.delete_message, 10015)),
        ]

    def noting(
        self, endpoint: Callable[[web.Request, InteractionRun], Awaitable[Any]], unknown: int
    ) -> Callable[[web.Request], Awaitable[Any]]:
        async def found(request: web.Request) -> Any:
            run = self.world.runs.get(request.match_info["token"])
            owner = request.match_info.get("webhook_id", str(self.world.application.id))
            if run is None or owner != str(self.world.application.id):
                raise refuse(unknown)
            try:
                return await endpoint(request, run)
            except Refusal as refused:
                run.errors.append(refused)
                self.world.pulse.beat()
                raise

        return found

    async def respond(self, request: web.Request, run: InteractionRun) -> Json | None:
        body = await read_body(request, self.world.upload_limit)
        if request.match_info["interaction_id"] != str(run.id):
            raise refuse(10062)
        resource = run.respond(body)
        return resource if request.query.get("with_response") in ("1", "true", "True") else None

    async def follow_up(self, request: web.Request, run: InteractionRun) -> Json:
        # Discord treats `wait` as always true for interactions.
        return run.follow_up(await read_body(request, self.world.upload_limit)).json()

    async def get_message(self, request: web.Request, run: InteractionRun) -> Json:
        return run.message_by_id(request.match_info["message_id"]).json()

    async def edit_message(self, request: web.Request, run: InteractionRun) -> Json:
        body = await read_body(request, self.world.upload_limit)
        return edit(run.message_by_id(request.match_info["message_id"]), body).json()

    async def delete_message(self, request: web.Request, run: InteractionRun) -> None:
        delete(run.message_by_id(request.match_info["message_id"]))
