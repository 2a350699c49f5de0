"""OpenAPI 3.1 from the contract with its comments: what REST clients see, nothing else.

Shapes follow proto3 JSON as the gateway prints it: field names as in the contract, 64-bit integers as strings,
timestamps as RFC 3339, enums by name.
"""

from __future__ import annotations

import re
from typing import Any

from blacklight.options.v1 import options_pb2
from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2

from blacklight_gateway.contract import Binding, bindings_of

Json = dict[str, Any]
Field = descriptor_pb2.FieldDescriptorProto
Message = descriptor_pb2.DescriptorProto

SCALARS: dict[int, Json] = {
    Field.TYPE_STRING: {"type": "string"},
    Field.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    Field.TYPE_BOOL: {"type": "boolean"},
    Field.TYPE_INT32: {"type": "integer", "format": "int32"},
    Field.TYPE_INT64: {"type": "string", "format": "int64"},
    Field.TYPE_FLOAT: {"type": "number", "format": "float"},
    Field.TYPE_DOUBLE: {"type": "number", "format": "double"},
}
WELL_KNOWN: dict[str, Json] = {
    ".google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    ".google.protobuf.FieldMask": {"type": "string", "description": "Field names, separated by commas."},
    ".google.protobuf.Empty": {"type": "object"},
}
HTTP_BODY = ".google.api.HttpBody"
FILE_TYPES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
ERROR: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "integer", "description": "gRPC status code."},
        "message": {"type": "string", "description": "What was wrong and what would be right."},
        "details": {
            "type": "array",
            "items": {"type": "object"},
            "description": "ErrorInfo with a stable `reason`, and BadRequest with the fields at fault (google.rpc).",
        },
    },
}
FLEET_ERROR: Json = {
    "type": "object",
    "required": ["error", "message", "status", "reason"],
    "properties": {
        "error": {"type": "string", "description": "The status in a word."},
        "message": {"type": "string", "description": "What was wrong and what would be right."},
        "status": {"type": "integer", "description": "HTTP status."},
        "reason": {"type": "string", "description": "Stable, for programs: `LEASE_LOST`."},
    },
}
FLEET_BODIES = "docs/fleet.md shows the body and the other statuses (202, 204)"


class Describer:
    """Reads one descriptor set; schemas are collected as they are met."""

    def __init__(self, files: descriptor_pb2.FileDescriptorSet) -> None:
        self._messages: dict[str, Message] = {}
        self._enums: dict[str, descriptor_pb2.EnumDescriptorProto] = {}
        self._comments: dict[str, str] = {}
        self._files = [file for file in files.file if file.package.startswith("blacklight.")]
        for file in files.file:
            self._index(file)
        self.schemas: Json = {"Error": ERROR, "FleetError": FLEET_ERROR}

    def _index(self, file: descriptor_pb2.FileDescriptorProto) -> None:
        texts = {
            tuple(place.path): " ".join(place.leading_comments.split())
            for place in file.source_code_info.location
            if place.leading_comments
        }
        prefix = f".{file.package}"
        for number, message in enumerate(file.message_type):
            name = f"{prefix}.{message.name}"
            self._messages[name] = message
            self._comments[name] = texts.get((4, number), "")
            for position, field in enumerate(message.field):
                self._comments[f"{name}.{field.name}"] = texts.get((4, number, 2, position), "")
            for nested in message.nested_type:  # the entries of maps; the contract has no other
                self._messages[f"{name}.{nested.name}"] = nested
        for number, enum in enumerate(file.enum_type):
            name = f"{prefix}.{enum.name}"
            self._enums[name] = enum
            self._comments[name] = texts.get((5, number), "")
            for position, value in enumerate(enum.value):
                self._comments[f"{name}.{value.name}"] = texts.get((5, number, 2, position), "")
        for number, service in enumerate(file.service):
            name = f"{prefix}.{service.name}"
            self._comments[name] = texts.get((6, number), "")
            for position, method in enumerate(service.method):
                self._comments[f"{name}.{method.name}"] = texts.get((6, number, 2, position), "")

    def document(self) -> Json:
        """The OpenAPI document."""
        paths: Json = {}
        tags = []
        for file in sorted(self._files, key=lambda file: file.name):
            for service in file.service:
                name = f".{file.package}.{service.name}"
                tag = f"{file.package.split('.')[1]}.{service.name}"
                used = False
                for method in service.method:
                    for number, binding in enumerate(bindings_of(method.options)):
                        used = True
                        operation = self._operation(f"{name}.{method.name}", tag, method, binding)
                        operation["operationId"] += str(number + 1) if number else ""
                        paths.setdefault(_plain(binding.path), {})[binding.verb.lower()] = operation
                if used:
                    tags.append({"name": tag, "description": self._comments[name]})
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Blacklight",
                "version": "v1",
                "description": "Generated from the contract in `protos/`; do not edit.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "http://127.0.0.1:8080"}],
            "tags": tags,
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": dict(sorted(self.schemas.items())),
                "securitySchemes": {
                    "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                    "api_key": {"type": "apiKey", "in": "header", "name": "X-Scraper-API-Key"},
                },
            },
        }

    def _operation(self, full: str, tag: str, method: descriptor_pb2.MethodDescriptorProto, binding: Binding) -> Json:
        request = self._messages[method.input_type]
        access = method.options.Extensions[options_pb2.access]
        for_hosts = list(access.callers) == [options_pb2.CALLER_KIND_HOST]
        error = "FleetError" if for_hosts else "Error"
        operation: Json = {
            "operationId": method.name,
            "tags": [tag],
            "description": _described(self._comments[full], access),
            "parameters": self._parameters(method.input_type, request, binding),
            "responses": {
                "200": self._answer(method),
                "default": {
                    "description": "An error.",
                    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{error}"}}},
                },
            },
        }
        if options_pb2.CALLER_KIND_PUBLIC not in access.callers:
            operation["security"] = [{"api_key" if for_hosts else "access_token": []}]
        body = self._body(method, request, binding)
        if body:
            operation["requestBody"] = {"required": True, "content": body}
        return operation

    def _parameters(self, name: str, request: Message, binding: Binding) -> list[Json]:
        made = []
        taken = set()
        for variable in binding.variables:
            holder, field = self._resolve(name, variable)
            schema = self._field(holder, field)
            made.append({"name": variable.rpartition(".")[2], "in": "path", "required": True, **_moved(schema)})
            taken.add(variable)
        if binding.body == "*":
            return made
        for field in request.field:
            if field.name in taken or field.name == binding.body or self._is_message(field):
                continue
            made.append({"name": field.name, "in": "query", **_moved(self._field(name, field))})
        return made

    def _is_map(self, field: Field) -> bool:
        message = self._messages.get(field.type_name) if field.type == Field.TYPE_MESSAGE else None
        return message is not None and message.options.map_entry

    def _is_message(self, field: Field) -> bool:
        return field.type == Field.TYPE_MESSAGE and field.type_name not in WELL_KNOWN

    def _resolve(self, name: str, path: str) -> tuple[str, Field]:
        first, _, rest = path.partition(".")
        field = next(field for field in self._messages[name].field if field.name == first)
        return self._resolve(field.type_name, rest) if rest else (name, field)

    def _body(self, method: descriptor_pb2.MethodDescriptorProto, request: Message, binding: Binding) -> Json:
        name = method.input_type
        if not binding.body:
            return {}
        if binding.body == "*":
            inline = self._object(name, request, without=set(binding.variables))
            return {"application/json": {"schema": inline}}
        field = next(field for field in request.field if field.name == binding.body)
        if field.type_name == HTTP_BODY and not method.client_streaming:
            text = self._comments[f"{name}.{field.name}"]
            if text.startswith("JSON"):
                return {"application/json": {"schema": {"type": "object", "description": text}}}
            return {"text/plain": {"schema": {"type": "string", "description": text}}}
        if field.type_name == HTTP_BODY:
            return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILE_TYPES}
        return {"application/json": {"schema": self._reference(field.type_name)}}

    def _answer(self, method: descriptor_pb2.MethodDescriptorProto) -> Json:
        if method.output_type == HTTP_BODY and not method.server_streaming:
            if options_pb2.CALLER_KIND_HOST in method.options.Extensions[options_pb2.access].callers:
                return {"description": f"Done; {FLEET_BODIES}.", "content": {"application/json": {"schema": {}}}}
            return {"description": "The text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
        if method.output_type == HTTP_BODY:
            binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
            return {"description": "The file.", "content": binary}
        schema = WELL_KNOWN.get(method.output_type) or self._reference(method.output_type)
        return {"description": "Done.", "content": {"application/json": {"schema": schema}}}

    def _reference(self, name: str) -> Json:
        short = name.removeprefix(".blacklight.").replace(".v1.", ".")
        if short not in self.schemas:
            self.schemas[short] = {}
            enum = self._enums.get(name)
            self.schemas[short] = self._enum(name, enum) if enum else self._object(name, self._messages[name])
        return {"$ref": f"#/components/schemas/{short}"}

    def _enum(self, name: str, enum: descriptor_pb2.EnumDescriptorProto) -> Json:
        lines = [f"- `{value.name}`: {self._comments[f'{name}.{value.name}']}" for value in enum.value]
        text = "\n".join([self._comments[name], "", *lines])
        return {"type": "string", "enum": [value.name for value in enum.value], "description": text}

    def _object(self, name: str, message: Message, without: set[str] | frozenset[str] = frozenset()) -> Json:
        fields = [field for field in message.field if field.name not in without]
        made: Json = {
            "type": "object",
            "description": self._comments[name],
            "properties": {field.name: self._field(name, field) for field in fields},
        }
        return made

    def _field(self, holder: str, field: Field) -> Json:
        made: Json
        if self._is_map(field):
            _, value = self._messages[field.type_name].field
            schema: Json = {"type": "object", "additionalProperties": self._field(field.type_name, value)}
        elif field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            schema = WELL_KNOWN.get(field.type_name) or self._reference(field.type_name)
        else:
            schema = SCALARS[field.type]
        rules = field.options.Extensions[validate_pb2.field]
        if self._is_map(field):
            made = schema
        elif field.label == Field.LABEL_REPEATED:
            made = {"type": "array", "items": {**schema, **_limits(rules.repeated.items)}}
            if rules.repeated.HasField("max_items"):
                made["maxItems"] = rules.repeated.max_items
        else:
            made = {**schema, **_limits(rules)}
        text = self._comments.get(f"{holder}.{field.name}", "")
        return {**made, "description": text} if text else made


def _limits(rules: Any) -> Json:
    """The rules that JSON Schema can say."""
    made: Json = {}
    for source, target in (("min_len", "minLength"), ("max_len", "maxLength"), ("pattern", "pattern")):
        if rules.HasField("string") and rules.string.HasField(source):
            made[target] = getattr(rules.string, source)
    if rules.HasField("string") and rules.string.uuid:
        made["format"] = "uuid"
    if rules.HasField("string") and rules.string.email:
        made["format"] = "email"
    for kind in ("int32", "double"):
        if rules.HasField(kind):
            number = getattr(rules, kind)
            made |= {"minimum": number.gte} if number.HasField("gte") else {}
            made |= {"maximum": number.lte} if number.HasField("lte") else {}
    return made


def _moved(schema: Json) -> Json:
    """A parameter carries its description beside its schema."""
    rest = {key: value for key, value in schema.items() if key != "description"}
    text = schema.get("description")
    return {"schema": rest, **({"description": text} if text else {})}


def _plain(path: str) -> str:
    """The path with plain variable names: `{candidate.candidate_id}` is `{candidate_id}`, one path with GET's."""
    return re.sub(r"{(?:[^}.=]+\.)*([^}.=]+)(?:=\*)?}", r"{\1}", path)


def _described(comment: str, access: options_pb2.Access) -> str:
    kinds = {
        options_pb2.CALLER_KIND_PUBLIC: "anybody",
        options_pb2.CALLER_KIND_USER: "portal users",
        options_pb2.CALLER_KIND_PLATFORM_ADMIN: "administrators of the platform",
        options_pb2.CALLER_KIND_HOST: "scraper hosts",
    }
    who = " and ".join(kinds[kind] for kind in access.callers if kind in kinds)
    name = _permission_name(access.permission)
    wider = ", ".join(f"`{_permission_name(each)}`" for each in access.widened_by)
    more = f" {wider} shows more." if wider else ""
    return f"{comment}\n\nFor {who}{f' with the permission `{name}`' if name else ''}.{more}"


def _permission_name(permission: int) -> str:
    value = options_pb2.Permission.DESCRIPTOR.values_by_number[permission]
    return value.GetOptions().Extensions[options_pb2.grant].name
