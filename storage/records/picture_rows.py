"""A picture of a job as a row of the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from storage.events import Picture


def row_of(job_id: str, index: int, picture: Picture) -> dict[str, Any]:
    """Give the columns of the row in which a picture of a job is stored."""
    return {
        "job_id": job_id,
        "index": index,
        "blob": picture.blob,
        "recipe": picture.recipe.model_dump(mode="json"),
        "findings": picture.findings.model_dump(mode="json"),
        "verdict": picture.verdict.model_dump(mode="json"),
        "scores": picture.scores.model_dump(mode="json") if picture.scores else None,
        "look": picture.look.model_dump(mode="json") if picture.look else None,
        "discarded": [each.model_dump(mode="json") for each in picture.discarded],
    }


def picture_of(row: RowMapping) -> Picture:
    """Read the picture in a row. Raises pydantic.ValidationError for what no version wrote."""
    fields = {field: row[field] for field in Picture.model_fields}
    return Picture(**fields | {"discarded": row["discarded"] or ()})
