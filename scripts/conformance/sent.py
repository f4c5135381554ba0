"""What requests are made from: schemas of their own, narrower than those of the documents.

A name, a day or a currency that is made up at random is refused before anything happens, and no document says what would
not be. Here such places hold what means something. A request with a wrong one is then wrong in that place alone, and
meets the code behind the others.
"""

# The largest number that may stand in a place of this name or format, and in any other: the most that an amount may be.
LARGEST = {"page": 100, "page_size": 100, "int32": 2**31 - 1, None: 10**15}
KINDS = {str: "string", int: "integer", list: "array", dict: "object"}


class Sent:
    def __init__(self, document: dict, words: list):
        """`words` are names of places and what they may hold; a name may come several times."""
        self.words, self.schemas, self.own = words, document["components"]["schemas"], {}
        for item in document["paths"].values():
            for operation in item.values():
                for parameter in operation.get("parameters", []):
                    if parameter["in"] == "query":
                        parameter["schema"] = self.of(parameter["schema"], parameter["name"])
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    content["schema"] = self.of(content["schema"])
        self.schemas.update(self.own)

    def of(self, schema, name: str | None = None):
        """The schema of what is sent in a place of this name."""
        if not isinstance(schema, dict):
            return schema
        target = schema.get("$ref", "").rpartition("/")[2]
        meant = self.schemas[target] if target else schema
        if values := self.meaning(meant, name):
            return {"enum": values}
        return self.referred(target) if target else self.within(schema, name)

    def meaning(self, schema: dict, name: str | None) -> list:
        """The values that mean something in a place, if they are known."""
        kinds = schema.get("type", [])
        known = [value for word, value in self.words if word == name and KINDS[type(value)] in kinds]
        return known or schema.get("x-known-values", [])

    def referred(self, target: str) -> dict:
        """A reference to a component's narrower twin, which is made when it is first asked for."""
        twin = f"{target}Sent"
        if twin not in self.own:
            # Known from now on: it may refer to itself.
            self.own[twin] = {}
            self.own[twin] = self.of(self.schemas[target])
        return {"$ref": f"#/components/schemas/{twin}"}

    def within(self, schema: dict, name: str | None) -> dict:
        """A schema with bounds, and with narrower ones inside."""
        narrow = dict(schema)
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                narrow[word] = [self.of(part, name) for part in schema[word]]
        if "items" in schema:
            narrow = {"minItems": 1} | narrow | {"items": self.of(schema["items"])}
        if "properties" in schema:
            fields = {name: self.of(field, name) for name, field in schema["properties"].items()}
            narrow = {"additionalProperties": False} | narrow | {"properties": fields}
        kinds = schema.get("type", [])
        if "string" in kinds and not schema.keys() & {"format", "pattern", "enum", "const"}:
            narrow = {"minLength": 1, "maxLength": 40} | narrow
        if "integer" in kinds:
            most = LARGEST.get(name) or LARGEST.get(schema.get("format")) or LARGEST[None]
            narrow = {"minimum": 1, "maximum": most} | narrow
        return narrow
