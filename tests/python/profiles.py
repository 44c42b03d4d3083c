"""What botocore makes of AWS configuration files: one JSON document, an entry for each path among the arguments."""

import json
import sys

import botocore.configloader
import botocore.exceptions

found = {}
for path in sys.argv[1:]:
    try:
        found[path] = botocore.configloader.load_config(path)["profiles"]
    except botocore.exceptions.ConfigParseError:
        found[path] = None
json.dump(found, sys.stdout)
