"""Whether Grafana's own types (grafana-foundation-sdk) take a whole dashboard: prints a line for each thing they do not.

Their reader passes over what it does not know, and looks at no value; so what was read is written again, and compared.
"""

import enum
import functools
import json
import sys
import typing

from grafana_foundation_sdk.cog import plugins, runtime
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

hints_of = functools.cache(typing.get_type_hints)
MISSING = object()


def misfits(value, hint, path):
    """The members at and below `value` that are not of the type that their class declares."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        found = [misfits(value, each, path) for each in inner]
        return [] if [] in found else max(found, key=len)
    if origin is list and isinstance(value, list):
        return [line for i, each in enumerate(value) for line in misfits(each, inner[0], f"{path}[{i}]")]
    if origin is dict and isinstance(value, dict):
        return [line for key, each in value.items() for line in misfits(each, inner[1], f"{path}.{key}")]
    if origin is not None:
        fits = origin is typing.Literal and value in inner
    elif hint in (typing.Any, object):
        fits = True
    elif issubclass(hint, enum.Enum):
        fits = value in [each.value for each in hint]
    elif hint in (bool, int, str):
        fits = type(value) is hint
    elif hint is float:
        fits = type(value) in (int, float)
    else:
        fits = isinstance(value, hint)
    if not fits:
        return [f"{path}: {value!r} is not {hint}"]
    if not hasattr(value, "to_json"):
        return []
    members = hints_of(type(value)).items()
    return [line for name, each in members for line in misfits(getattr(value, name), each, f"{path}.{name}")]


def lost(given, kept, path):
    """What is not in `kept` as it is in `given`."""
    if hasattr(kept, "to_json"):
        kept = kept.to_json()
    if isinstance(given, dict) and isinstance(kept, dict):
        return [line for key, each in given.items() for line in lost(each, kept.get(key, MISSING), f"{path}.{key}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [line for i, pair in enumerate(zip(given, kept)) for line in lost(*pair, f"{path}[{i}]")]
    return [] if given == kept else [f"{path} is not known"]


plugins.register_default_plugins()
given = json.load(open(sys.argv[1]))
dashboard = Dashboard.from_json(given)
found = lost(given, dashboard, "") + misfits(dashboard, Dashboard, "")
known = {unit for unit in vars(units).values() if isinstance(unit, str)}
for panel in given["panels"]:
    if panel["type"] == "row":
        continue
    if runtime.panelcfg_config(panel["type"]) is None:
        found.append(f"{panel['title']}: no panel of the type {panel['type']}")
    if panel["fieldConfig"]["defaults"]["unit"] not in known:
        found.append(f"{panel['title']}: no unit {panel['fieldConfig']['defaults']['unit']}")
print("\n".join(found), end="")
