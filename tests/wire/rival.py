"""The same clients as the function's, in Python with boto3: imported, made, and then the first question to the Lambda Runtime API."""

import http.client
import os

import boto3

for service in ("rds", "route53", "cloudwatch", "ecs", "elasticache", "application-autoscaling", "dynamodb", "ssm"):
    boto3.client(service)

runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
runtime.request("GET", "/2018-06-01/runtime/invocation/next")
runtime.getresponse()
