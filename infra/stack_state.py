"""Whether the stack of a stage can be deployed or removed, asked before SAM, which says it late or not at all.

stack_state.py deploy|destroy STACK
"""

import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# What infra/samconfig.toml puts on every stack of ours, also on one that failed.
OURS = "tidegate:stage"
# CloudFormation user guide, "Stack status codes": what no update leaves.
REMOVE_FIRST = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


def complaint(verb: str, stack: str) -> str | None:
    """What stands against it, and the mend; None if nothing does."""
    client = boto3.client("cloudformation")
    region = client.meta.region_name
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            absent = f"there is no stack {stack} in {region}, so nothing to remove: check the stage and AWS_REGION"
            return absent if verb == "destroy" else None
        return f"the stack {stack} in {region} cannot be asked about: {error}: allow cloudformation:DescribeStacks"
    status = found["StackStatus"]
    if OURS not in {tag["Key"] for tag in found.get("Tags", [])}:
        return f"the stack {stack} in {region} is not Tidegate's: it has no tag {OURS}, which infra/samconfig.toml gives: choose another stage"
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"the stack {stack} could not go back ({status}): `aws cloudformation continue-update-rollback --stack-name {stack}`"
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return f"the stack {stack} is {status}: somebody else is at work on it: wait until they are done"
    if verb == "deploy" and status in REMOVE_FIRST:
        return f"the stack {stack} is {status}, which takes no deployment: read its events, then `make destroy` that stage first"
    return None


try:
    said = complaint(*sys.argv[1:])
except BotoCoreError as error:
    said = f"CloudFormation cannot be asked: {error}: set AWS_REGION and AWS_PROFILE"
if said:
    sys.exit(f"  STOP  {said}")
