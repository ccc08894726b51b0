"""The reference: a marshmallow schema made from a version. It decides, and it words the errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow
from marshmallow import EXCLUDE, RAISE, ValidationError

from collector.core.definitions import Content
from collector.core.fields import UNSTORABLE, Field, Refused, Value
from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import shown_name

_MISSING = Refused("field-missing", "This field is required.")
_UNKNOWN = Refused("field-unknown", "This event has no such field.")
_UNWRITABLE = Refused("text-invalid", "A name must not contain U+0000 or a lone surrogate.")


class DataSchema(marshmallow.Schema):
    """A marshmallow schema of the data of one version; null counts as absence."""

    @marshmallow.pre_load
    def leave_out_nulls(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        known = {field.data_key for field in self.fields.values()}
        return {name: value for name, value in data.items() if value is not None or name not in known}


class TypedField(marshmallow.fields.Field[Value]):
    """A field of a version in marshmallow's terms. The messages of its errors are `Refused`."""

    def __init__(self, field: Field) -> None:
        super().__init__(required=field.required, data_key=field.name)
        self._accept = field.kind.accept
        self._checks = field.kind.checks(field)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Value:
        try:
            accepted = self._accept(value)
            for check in self._checks:
                check(accepted)
        except Refused as refused:
            raise ValidationError([refused]) from refused
        return accepted


def schema_of(content: Content) -> marshmallow.Schema:
    """The marshmallow schema of a version's data. Unknown members are refused, or left to `data_extra`."""
    # The attributes are numbered: a field may be called Meta or load, and data_key carries its name.
    members = {f"f{position}": TypedField(field) for position, field in enumerate(content.fields)}
    schema = type("VersionSchema", (DataSchema,), dict(members))
    built: marshmallow.Schema = schema(unknown=RAISE if content.extra_fields == "reject" else EXCLUDE)
    return built


def load_by_schema(
    schema: marshmallow.Schema, data: Mapping[str, Any]
) -> tuple[dict[str, Value], list[Fault]]:
    """The canonical values by field, in the order of the version; or the faults, fields first."""
    try:
        loaded = schema.load(data)
    except ValidationError as error:
        return {}, _faults(schema, data, error.messages_dict)
    names = {attribute: str(field.data_key) for attribute, field in schema.fields.items()}
    return {name: loaded[attribute] for attribute, name in names.items() if attribute in loaded}, []


def _faults(schema: marshmallow.Schema, data: Mapping[str, Any], errors: Mapping[str, Any]) -> list[Fault]:
    known = [str(field.data_key) for field in schema.fields.values()]
    faults = [_fault_of_field(name, errors[name][0]) for name in known if name in errors]
    return faults + [_fault_of_stranger(name) for name in data if name in errors and name not in known]


def _fault_of_field(name: str, message: object) -> Fault:
    refused = message if isinstance(message, Refused) else _MISSING
    return Fault(refused.code, pointer_to(name), refused.message)


def _fault_of_stranger(name: str) -> Fault:
    refused = _UNWRITABLE if UNSTORABLE.search(name) else _UNKNOWN
    return Fault(refused.code, pointer_to(shown_name(name)), refused.message)
