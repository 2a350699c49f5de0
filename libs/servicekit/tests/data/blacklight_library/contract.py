"""The library's messages, compiled when first imported."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import google.api
from blacklight.options.v1 import options_pb2  # noqa: F401 - in the pool before the contract that uses it
from buf.validate import validate_pb2  # noqa: F401
from google.protobuf import descriptor_pb2, descriptor_pool, empty_pb2, message_factory  # noqa: F401
from google.protobuf.descriptor import FileDescriptor
from grpc_tools import protoc

HERE = Path(__file__).parent
PROTOS = HERE.parents[4] / "protos"
WELL_KNOWN = Path(protoc.__file__).parent / "_proto"


def _compiled() -> FileDescriptor:
    include = [HERE, PROTOS, PROTOS / "third_party", Path(google.api.__path__[0]).parents[1], WELL_KNOWN]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "library.binpb"
        status = protoc.main(
            ["", *(f"-I{path}" for path in include), f"--descriptor_set_out={target}", "library.proto"]
        )
        assert status == 0
        files = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(files.file[0].SerializeToString())  # type: ignore[no-untyped-call]
    return pool.FindFileByName("library.proto")  # type: ignore[no-untyped-call, no-any-return]


FILE = _compiled()
SERVICE = FILE.services_by_name["LibraryService"]


def message(name: str) -> Any:
    """The class of a message of the contract."""
    return message_factory.GetMessageClass(FILE.message_types_by_name[name])


Book, Author, Page, Context = message("Book"), message("Author"), message("Page"), message("Context")
CreateBookRequest = message("CreateBookRequest")
ListBooksRequest, ListBooksResponse = message("ListBooksRequest"), message("ListBooksResponse")
ReadBookRequest, ShelveBooksResponse = message("ReadBookRequest"), message("ShelveBooksResponse")
MisbehaveRequest, MisbehaveResponse = message("MisbehaveRequest"), message("MisbehaveResponse")
