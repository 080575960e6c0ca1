"""Whether the settings of a stage are what the template takes: SAM drops a name that it does not know, and CloudFormation refuses a value late.

settings.py SAMCONFIG STAGE TEMPLATE
"""

import difflib
import re
import sys
from pathlib import Path

import tomlkit
import yaml


class Template(yaml.SafeLoader):
    """YAML in which CloudFormation's own tags (!Ref and the like) mean nothing: parameters have none."""


Template.add_multi_constructor("!", lambda loader, suffix, node: None)


def complaints(samconfig: str, stage: str, template: str) -> list[str]:
    """What is wrong with each setting, and the mend."""
    config = tomlkit.parse(Path(samconfig).read_text()).unwrap()
    given = config[stage]["deploy"]["parameters"].get("parameter_overrides", [])
    known = yaml.load(Path(template).read_text(), Template)["Parameters"]
    place = f"parameter_overrides of [{stage}.deploy.parameters] in {samconfig}"
    if not isinstance(given, list):
        return [f"{place} is one text: write a list, one \"Name=value\" each"]
    said = []
    for setting in given:
        name, equals, value = setting.partition("=")
        if not equals or name not in known:
            close = difflib.get_close_matches(name, known, 1, 0.75)
            mend = f"did you mean {close[0]}?" if close else f"it takes Name=value, of {', '.join(sorted(known))}"
            said.append(f"{place}: {setting!r} sets nothing that the template has: {mend}")
            continue
        allowed = known[name].get("AllowedValues")
        pattern = known[name].get("AllowedPattern")
        wanted = known[name].get("ConstraintDescription", f"a value of {pattern}")
        if allowed and value not in [str(one) for one in allowed]:
            said.append(f"{place}: {name} is {value!r}: write one of {', '.join(str(one) for one in allowed)}")
        elif pattern and not re.fullmatch(pattern, value):
            said.append(f"{place}: {name} is {value!r}: write {wanted}")
    return said


if said := complaints(*sys.argv[1:]):
    sys.exit("\n".join([f"  STOP  {line}" for line in said] + ["nothing was created: mend what is said above, and deploy again"]))
