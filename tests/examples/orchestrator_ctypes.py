# SPDX-License-Identifier: MIT
"""Gather from Python: python3 orchestrator_ctypes.py libmcp.so mcp_config.yaml [domain]"""
import ctypes
import json
import sys
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int, c_void_p


class Err(Structure):  # struct mcp_err
    _fields_ = [("code", c_int), ("os_errno", c_int), ("where", c_char * 128),
                ("what", c_char * 256), ("file", c_char_p), ("line", c_int)]


class Error(Structure):  # struct orch_error; all zero is ORCH_ERROR_INIT
    _fields_ = [("kind", c_int), ("err", Err), ("context", c_void_p)]


mcp = ctypes.CDLL(sys.argv[1])
jansson = ctypes.CDLL("libjansson.so.4")
libc = ctypes.CDLL(None)
OUT, ERROR = POINTER(c_void_p), POINTER(Error)
for name, arguments in {
    "orch_new": [c_char_p, OUT, ERROR],
    "orch_gather_all_resources": [c_void_p, OUT, OUT, ERROR],
    "orch_get_resources_for_domain": [c_void_p, c_char_p, OUT, OUT, ERROR],
    "orch_get_status": [c_void_p, OUT, ERROR],
    "orch_free": [c_void_p], "orch_error_deinit": [ERROR], "orch_error_kind_name": [c_int],
}.items():
    getattr(mcp, name).argtypes = arguments
mcp.orch_free.restype = mcp.orch_error_deinit.restype = None
mcp.orch_error_kind_name.restype = c_char_p
jansson.json_dumps.argtypes, jansson.json_dumps.restype = [c_void_p, ctypes.c_size_t], c_void_p
jansson.json_delete.argtypes, jansson.json_delete.restype = [c_void_p], None
libc.free.argtypes, libc.free.restype = [c_void_p], None


class OrchestratorError(Exception):
    pass


def call(function, *arguments, outs=1):
    """Call, raise what failed, and take what came out as Python values."""
    error, values = Error(), [c_void_p() for _ in range(outs)]
    if function(*arguments, *[byref(value) for value in values], byref(error)) != 0:
        kind, err = mcp.orch_error_kind_name(error.kind).decode(), error.err
        text = f"{kind}: {err.where.decode()} {err.what.decode()}"
        mcp.orch_error_deinit(byref(error))
        raise OrchestratorError(text)
    return [take(value) for value in values]


def take(value):
    text = jansson.json_dumps(value, 0)
    result = json.loads(ctypes.string_at(text))
    libc.free(text)
    jansson.json_delete(value)  # ours alone
    return result


orch = c_void_p()
if mcp.orch_new(sys.argv[2].encode(), byref(orch), None) != 0:
    sys.exit("out of memory")
try:
    everything, missing = call(mcp.orch_gather_all_resources, orch, outs=2)
    for server, part in everything.items():
        print(server, part["priority"], sorted(part["resources"]))
    print("missing:", [entry["name"] for entry in missing])
    if len(sys.argv) > 3:
        print(call(mcp.orch_get_resources_for_domain, orch, sys.argv[3].encode(), outs=2)[0])
    print("servers:", len(call(mcp.orch_get_status, orch)[0]["servers"]))
except OrchestratorError as failure:
    sys.exit(str(failure))
finally:
    mcp.orch_free(orch)
