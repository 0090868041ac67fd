"""Prints template.yaml as plain CloudFormation, in JSON, with the functions' names by
their logical ids. AWS's own translator makes it, as in a deployment."""

import json
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file)
functions = {}
for logical_id, resource in template["Resources"].items():
    if resource["Type"] == "AWS::Serverless::Function":
        properties = resource["Properties"]
        functions[logical_id] = properties["CodeUri"].strip("/").split("/")[-1]
        properties["CodeUri"] = "s3://bucket/code"  # the translator takes no folder
session = boto3.Session(region_name="ap-southeast-1")
plain = Translator({}, Parser(), boto_session=session).translate(sam_template=template, parameter_values={})
json.dump({"functions": functions, "template": plain}, sys.stdout)
