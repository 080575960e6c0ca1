"""Reads a template of CloudFormation, whose tags plain YAML does not know, and writes it as JSON."""

import json
import sys

import yaml


class Template(yaml.SafeLoader):
    """YAML with the short forms of intrinsic functions."""


def intrinsic(loader, tag, node):
    name = tag if tag in ("Ref", "Condition") else "Fn::" + tag
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if tag == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", intrinsic)
json.dump(yaml.load(sys.stdin, Template), sys.stdout)
