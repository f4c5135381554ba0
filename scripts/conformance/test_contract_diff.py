"""Tests of contract_diff.py. scripts/conformance.sh runs them."""
import contextlib
import copy
import importlib.util
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOOL = Path(__file__).with_name("contract_diff.py")
REFERENCE = Path(__file__).resolve().parents[2] / "docs/contracts"
spec = importlib.util.spec_from_file_location("contract_diff", TOOL)
contract_diff = sys.modules["contract_diff"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(contract_diff)

SETTLEMENT, ACCOUNTING = "settlement-service", "accounting-service"
LIST, CREATE = "GET /api/v1/settlements", "POST /api/v1/settlements"
DETAIL, REPORT = "GET /api/v1/settlements/{id}", "GET /api/v1/settlements/reports"
APPROVE, REJECT = "POST /api/v1/settlements/{id}/approve", "POST /api/v1/settlements/{id}/reject"
MEASURES = ("operations", "internal", "system", "params", "request", "response")
SERVICES = sorted(p.stem for p in REFERENCE.glob("*.yaml") if p.stem != "events")
_parsed = {}


def reference(name):
    """A copy of a reference document."""
    if name not in _parsed:
        _parsed[name] = contract_diff.load(REFERENCE / f"{name}.yaml")
    return json.loads(json.dumps(_parsed[name]))


def schemas(doc):
    return doc["components"]["schemas"]


def walk(node):
    """Every object of a document."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


def rebuild(node, change):
    """A copy of a document with change(object) applied from the leaves up."""
    if isinstance(node, dict):
        return change({k: rebuild(v, change) for k, v in node.items()})
    return [rebuild(v, change) for v in node] if isinstance(node, list) else node


# ---------------------------------------------------------------- other ways to write the same document

def is_null(schema):
    return schema == {"type": "null"}


def with_defs(doc):
    """OpenAPI 3.1 with the schemas under a root $defs and nullables as anyOf [.., null]."""
    notes = ("description", "x-known-values", "x-values-of")

    def change(obj):
        if isinstance(obj.get("$ref"), str):
            obj["$ref"] = obj["$ref"].replace("#/components/schemas/", "#/$defs/")
        if isinstance(obj.get("type"), list):
            inner = {k: v for k, v in obj.items() if k not in notes}
            inner["type"], = (t for t in obj["type"] if t != "null")
            obj = {**{k: v for k, v in obj.items() if k in notes}, "anyOf": [inner, {"type": "null"}]}
        if isinstance(obj.get("oneOf"), list):
            obj["anyOf"] = obj.pop("oneOf")
        return obj
    doc = rebuild(doc, change)
    doc["$defs"] = doc["components"].pop("schemas")
    return doc


def with_keyword_nullable(doc):
    """OpenAPI 3.0: nullable: true, allOf around references, enum for const."""
    def change(obj):
        if isinstance(obj.get("type"), list):
            kind, = (t for t in obj["type"] if t != "null")
            obj.update(type=kind, nullable=True)
        for key in ("anyOf", "oneOf"):
            branches = obj.get(key)
            if isinstance(branches, list) and len(branches) == 2 and is_null(branches[1]):
                del obj[key]
                obj.update(allOf=[branches[0]], nullable=True)
        if not isinstance(obj.get("const", {}), (dict, list)):
            obj["enum"] = [obj.pop("const")]
        return obj
    return {**rebuild(doc, change), "openapi": "3.0.3"}


def with_embedded_defs(doc):
    """Each body schema carries the $defs it needs, with references relative to itself; no components.schemas."""
    shared = rebuild(schemas(doc), lambda obj: {k: v.replace("components/schemas", "$defs") if k == "$ref" and isinstance(v, str)
                                                else v for k, v in obj.items()})

    def needed(schema, seen):
        for obj in walk(schema):
            name = str(obj.get("$ref", "")).removeprefix("#/$defs/")
            if name in shared and name not in seen:
                seen.add(name)
                needed(shared[name], seen)
        return seen

    def change(obj):
        if isinstance(obj.get("schema"), dict):
            schema = json.loads(json.dumps(obj["schema"]).replace("#/components/schemas/", "#/$defs/"))
            names = needed(schema, set())
            obj["schema"] = {**schema, "$defs": {n: shared[n] for n in sorted(names)}} if names else schema
        return obj
    del doc["components"]["schemas"]
    return rebuild(doc, change)


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = Path(holder.name)
        self.gen = self.dir / "generated"
        self.gen.mkdir()

    def call(self, *args, ref=REFERENCE, gen=None):
        """(exit code, stdout, stderr) of the tool, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = contract_diff.main(["--reference", str(ref), "--generated", str(gen or self.gen), *map(str, args)])
            except SystemExit as stop:  # argparse
                code = stop.code
        return code, out.getvalue(), err.getvalue()

    def report(self, *args, **kwargs):
        out = self.dir / "out.json"
        code, self.text, err = self.call("--json", out, *args, **kwargs)
        self.assertEqual((code, err), (0, ""))
        return json.loads(out.read_text())

    def compare(self, name, generated, *args, ref=None):
        """The service's row for a generated document (and, if given, another reference document)."""
        if ref is not None:
            (self.dir / "reference").mkdir(exist_ok=True)
            (self.dir / "reference" / f"{name}.json").write_text(json.dumps(ref))
        (self.gen / f"{name}.json").write_text(json.dumps(generated))
        return self.report("--service", name, *args, ref=REFERENCE if ref is None else self.dir / "reference")["services"][0]

    def mutated(self, name, change, *args):
        doc = reference(name)
        change(doc)
        return self.compare(name, doc, *args)

    def found(self, row, scored=True):
        """The differences of a row as {(operation, section, path, kind)}; each must occur once."""
        out = [(f"{op['method']} {op['path']}", d["section"], d["path"], d["kind"])
               for op in row["details"] for d in op["differences"] if d["scored"] == scored]
        self.assertEqual(len(out), len(set(out)))
        return set(out)

    def lost(self, row, **expected):
        """Each measure lacks exactly as many as named, by default none."""
        self.assertEqual({m: row[m]["total"] - row[m]["ok"] for m in MEASURES}, {m: expected.get(m, 0) for m in MEASURES})

    def assertFull(self, row):
        self.lost(row)
        self.assertEqual((self.found(row), self.found(row, scored=False), row["extra_operations"], row["notes"]),
                         (set(), set(), [], []))


class SelfComparison(Case):
    def check(self, convert, suffix):
        for name in SERVICES:
            doc = convert(reference(name))
            (self.gen / f"{name}{suffix}").write_text(json.dumps(doc))
        report = self.report()
        self.assertEqual([row["service"] for row in report["services"]], SERVICES)
        for row in report["services"]:
            with self.subTest(row["service"]):
                self.assertFull(row)
        return report

    def test_copied_yaml_files(self):
        for path in REFERENCE.glob("*.yaml"):
            (self.gen / path.name).write_bytes(path.read_bytes())
        report = self.report()
        self.assertEqual(len(report["services"]), 19)
        self.assertEqual(report["skipped"], ["events.yaml"])
        self.assertEqual(report["without_reference"], [])
        for row in report["services"]:
            self.assertFull(row)
        for name in MEASURES:
            self.assertEqual(report["totals"][name]["percent"], 100.0)
        # counted here without the tool
        count = system = internal = 0
        for doc in map(reference, SERVICES):
            for path, item in doc["paths"].items():
                for op in (item[m] for m in item if m in ("get", "put", "post", "delete", "patch")):
                    is_system = path.startswith(("/health", "/metrics", "/swagger"))
                    system += is_system
                    count += not is_system
                    internal += not is_system and op.get("x-internal") is True
        self.assertEqual([report["totals"][m]["total"] for m in ("operations", "system", "internal")], [count, system, internal])
        self.assertEqual(report["totals"]["expected"], {"ok": 0, "total": 6, "percent": 0.0})  # absent by definition

    def test_json_copies(self):
        self.check(lambda doc: doc, ".json")

    def test_defs_and_any_of_null(self):
        self.check(with_defs, ".json")

    def test_openapi_30_nullable_keyword(self):
        self.check(with_keyword_nullable, ".yaml")

    def test_defs_embedded_in_each_schema(self):
        self.check(with_embedded_defs, ".json")

    def test_renamed_path_parameters_everywhere(self):
        def rename(doc):
            text = json.dumps(doc["paths"])
            names = {n for path in doc["paths"] for n in contract_diff.re.findall(r"\{(\w+)\}", path)}
            for name in names:
                text = text.replace("{" + name + "}", "{other_" + name + "}").replace(f'"name": "{name}", "in": "path"',
                                                                                     f'"name": "other_{name}", "in": "path"')
            doc["paths"] = {path + "/": item for path, item in json.loads(text).items()}  # a trailing slash does not matter
            return doc
        self.check(rename, ".json")


class Mutations(Case):
    def test_operation_deleted(self):
        row = self.mutated(SETTLEMENT, lambda doc: doc["paths"]["/api/v1/settlements/{id}/reject"].pop("post"))
        self.lost(row, operations=1)
        self.assertEqual([f"{op['method']} {op['path']}" for op in row["details"] if op["status"] == "missing"], [REJECT])
        self.assertEqual(self.found(row) | self.found(row, scored=False), set())

    def test_internal_operation_deleted(self):
        change = lambda doc: doc["paths"]["/api/v1/transactions"].pop("post")
        self.lost(self.mutated(ACCOUNTING, change), operations=1, internal=1)
        row = self.mutated(ACCOUNTING, change, "--internal-only")
        self.assertEqual(row["operations"], {"ok": 3, "total": 4, "percent": 75.0})
        self.assertEqual(len(row["details"]), 4)
        self.assertEqual(row["extra_operations"], [])

    def test_response_field_renamed(self):
        def change(doc):
            props = schemas(doc)["SettlementReport"]["properties"]
            props["fee_total"] = props.pop("total_fee")
        row = self.mutated(SETTLEMENT, change)
        self.lost(row, response=1)
        self.assertEqual(self.found(row), {(REPORT, "response", "total_fee", "missing")})
        self.assertEqual(self.found(row, False), {(REPORT, "response", "fee_total", "extra")})

    def test_request_field_renamed(self):
        def change(doc):
            schema = schemas(doc)["ApproveSettlementRequest"]
            schema["properties"]["approver"] = schema["properties"].pop("approver_id")
            schema["required"] = ["approver", "approver_name"]
        row = self.mutated(SETTLEMENT, change)
        self.lost(row, request=4)  # in both operations one field is missing and one more is demanded
        self.assertEqual(self.found(row), {(op, "request", *what) for op in (APPROVE, REJECT)
                                           for what in (("approver_id", "missing"), ("approver", "extra-required"))})

    def test_object_missing_counts_all_its_fields(self):
        before = self.mutated(SETTLEMENT, lambda doc: None)["response"]["total"]
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementDetail"]["properties"].pop("settlement"))
        self.assertEqual(self.found(row), {(DETAIL, "response", "settlement", "missing")})
        self.lost(row, response=1 + len(schemas(reference(SETTLEMENT))["Settlement"]["properties"]))
        self.assertEqual(row["response"]["total"], before)

    def test_integer_to_number(self):
        def change(doc):
            schemas(doc)["Settlement"]["properties"]["total_amount"].update(type="number", format="double")
            schemas(doc)["TransactionItemRequest"]["properties"]["amount"].update(type="number")
        row = self.mutated(SETTLEMENT, change)
        self.lost(row, request=1, response=3)
        self.assertEqual(self.found(row), {(CREATE, "request", "transactions[].amount", "type"),
                                           (CREATE, "response", "total_amount", "type"),
                                           (LIST, "response", "settlements[].total_amount", "type"),
                                           (DETAIL, "response", "settlement.total_amount", "type")})
        detail = [d["detail"] for op in row["details"] for d in op["differences"]]
        self.assertEqual(set(detail), {"reference integer, generated number"})

    def test_type_no_longer_said(self):
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementReport"]["properties"].update(total_fee={}))
        self.assertEqual(self.found(row), {(REPORT, "response", "total_fee", "type")})
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc).update(SettlementReport=True))
        self.assertEqual(self.found(row), {(REPORT, "response", "(body)", "type")})
        self.lost(row, response=1 + 8)

    def test_array_and_map_elements(self):
        def change(doc):
            schemas(doc)["MerchantBalanceSummary"]["properties"]["type_summary"]["additionalProperties"]["type"] = "number"
        row = self.mutated(ACCOUNTING, change)
        op = "GET /api/v1/balances/merchants/{merchantID}/summary"
        self.assertEqual(self.found(row), {(op, "response", "type_summary{}", "type")})
        self.lost(row, response=1)

        def change(doc):
            schemas(doc)["SettlementPage"]["properties"]["settlements"] = {"type": "array", "items": {"type": "string"}}
        row = self.mutated(SETTLEMENT, change)
        self.assertEqual(self.found(row), {(LIST, "response", "settlements[]", "type")})
        self.lost(row, response=1 + 22)
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementPage"]["properties"]["settlements"].pop("items"))
        self.assertEqual(self.found(row), {(LIST, "response", "settlements[]", "type")})

    def test_request_field_made_required(self):
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["TransactionItemRequest"]["required"].append("fee"))
        self.lost(row, request=1)
        self.assertEqual(self.found(row), {(CREATE, "request", "transactions[].fee", "required")})

    def test_request_field_made_optional(self):
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["CreateSettlementRequest"]["required"].remove("cycle"))
        self.lost(row, request=1)
        self.assertEqual(self.found(row), {(CREATE, "request", "cycle", "required")})

    def test_response_field_made_optional_is_a_note(self):
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementReport"]["required"].remove("total_fee"))
        self.lost(row)
        self.assertEqual(self.found(row, False), {(REPORT, "response", "total_fee", "optional")})

    def test_request_body_missing_optional_or_unasked(self):
        def op(doc, path):
            return doc["paths"][path]["post"]
        approve = "/api/v1/settlements/{id}/approve"
        row = self.mutated(SETTLEMENT, lambda doc: op(doc, approve).pop("requestBody"))
        self.assertEqual(self.found(row), {(APPROVE, "request", "(body)", "missing")})
        self.lost(row, request=4)
        row = self.mutated(SETTLEMENT, lambda doc: op(doc, approve)["requestBody"].update(required=False))
        self.assertEqual(self.found(row), {(APPROVE, "request", "(body)", "required")})
        body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
        row = self.mutated(SETTLEMENT, lambda doc: op(doc, "/api/v1/settlements/{id}/execute").update(requestBody=body))
        self.assertEqual(self.found(row), {("POST /api/v1/settlements/{id}/execute", "request", "(body)", "extra-required")})

    def test_path_parameter_renamed_only(self):
        def change(doc):
            item = doc["paths"].pop("/api/v1/settlements/{id}")
            item["get"]["parameters"][0]["name"] = "settlementId"
            doc["paths"]["/api/v1/settlements/{settlementId}"] = item
        self.assertFull(self.mutated(SETTLEMENT, change))

    def test_path_parameters_are_always_required(self):
        change = lambda doc: doc["paths"]["/api/v1/settlements/{id}"]["get"]["parameters"][0].pop("required")
        self.assertFull(self.mutated(SETTLEMENT, change))
        row = self.mutated(SETTLEMENT, lambda doc: doc["paths"]["/api/v1/settlements/{id}"]["get"].pop("parameters"))
        self.assertEqual(self.found(row), {(DETAIL, "params", "path id", "type")})  # in the path, but not described

    def test_path_parameter_of_another_type(self):
        change = lambda doc: doc["paths"]["/api/v1/settlements/{id}"]["get"]["parameters"][0].update(schema={"type": "integer"})
        row = self.mutated(SETTLEMENT, change)
        self.lost(row, params=1)
        self.assertEqual(self.found(row), {(DETAIL, "params", "path id", "type")})

    def test_query_parameters(self):
        def change(doc):
            listed = doc["paths"]["/api/v1/settlements"]["get"]["parameters"]
            del listed[0]  # merchant_id
            listed[0]["required"] = True  # status
            listed[1]["schema"] = {"type": "string", "enum": ["daily", "weekly", "monthly"]}  # cycle without manual
            listed[2]["schema"] = {"type": ["integer", "null"]}  # page: null cannot be sent in a query
            listed += [{"name": "tenant", "in": "query", "required": True, "schema": {"type": "string"}},
                       {"name": "sort", "in": "query", "schema": {"type": "string"}}]
        row = self.mutated(SETTLEMENT, change)
        self.lost(row, params=4)
        self.assertEqual(self.found(row), {(LIST, "params", "query merchant_id", "missing"), (LIST, "params", "query status", "required"),
                                           (LIST, "params", "query cycle", "enum"), (LIST, "params", "query tenant", "extra-required")})
        self.assertEqual(self.found(row, False), {(LIST, "params", "query sort", "extra")})

    def test_header_parameters(self):
        def change(doc):
            for item in doc["paths"].values():
                item["parameters"] = [p for p in item.get("parameters", ()) if "RequestID" not in p["$ref"]]
        self.assertFull(self.mutated(SETTLEMENT, change))
        row = self.mutated(SETTLEMENT, change, "--ignore-headers", "traceparent")
        self.assertEqual({d[2:] for d in self.found(row)}, {("header X-Request-ID", "missing")})
        self.lost(row, params=7)
        token = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
        change = lambda doc: doc["paths"]["/api/v1/settlements/{id}"]["parameters"].append(token)
        self.assertEqual(self.found(self.mutated(SETTLEMENT, change)), {(DETAIL, "params", "header X-Tenant", "extra-required")})
        self.assertFull(self.mutated(SETTLEMENT, change, "--ignore-headers", "x-request-id, traceparent, x-tenant"))

    def test_enum_value_removed(self):
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementCycle"]["enum"].remove("manual"))
        self.lost(row, request=1, response=3)
        self.assertEqual(self.found(row), {(CREATE, "request", "cycle", "enum"), (CREATE, "response", "cycle", "enum"),
                                           (LIST, "response", "settlements[].cycle", "enum"),
                                           (DETAIL, "response", "settlement.cycle", "enum")})
        self.assertEqual({d["detail"] for op in row["details"] for d in op["differences"]}, {'generated rejects "manual"'})

    def test_enum_value_added_or_enum_opened(self):
        self.assertFull(self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementCycle"]["enum"].append("yearly")))
        self.assertFull(self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementCycle"].pop("enum")))

    def test_enum_as_one_of_constants(self):
        def change(doc):
            values = schemas(doc)["SettlementCycle"].pop("enum")
            schemas(doc)["SettlementCycle"]["oneOf"] = [{"type": "string", "const": v} for v in values]
        self.assertFull(self.mutated(SETTLEMENT, change))

    def test_known_values_against_an_enum(self):
        def change(values):
            return lambda doc: schemas(doc)["LoginActivity"]["properties"]["status"].update(enum=values)
        full = self.mutated("merchant-auth-service", change(["success", "failed", "blocked", "other"]))
        self.assertFull(full)
        row = self.mutated("merchant-auth-service", change(["success", "failed"]))
        self.assertEqual({d[2:] for d in self.found(row)}, {("list[].status", "enum")})
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementItem"]["properties"]["order_no"].update(enum=["a"]))
        self.assertEqual((self.found(row), self.found(row, False)), (set(), {(DETAIL, "response", "items[].order_no", "enum")}))

    def test_nullability(self):
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["Settlement"]["properties"]["approved_at"].update(type="string"))
        self.lost(row, response=3)
        self.assertEqual({d[1:] for d in self.found(row)}, {("response", p + "approved_at", "nullable")
                                                            for p in ("", "settlements[].", "settlement.")})
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["SettlementReport"]["properties"]["total_fee"].update(nullable=True))
        self.assertEqual(self.found(row), {(REPORT, "response", "total_fee", "nullable")})
        # a request that takes null as well is a note; one that no longer does is a difference
        row = self.mutated(SETTLEMENT, lambda doc: schemas(doc)["ApproveSettlementRequest"]["properties"]["comments"].update(nullable=True))
        self.lost(row)
        self.assertEqual(self.found(row, False), {(op, "request", "comments", "nullable") for op in (APPROVE, REJECT)})
        row = self.mutated("merchant-service", lambda doc: schemas(doc)["UpdateMerchantRequest"]["properties"].update(name={"type": "string"}))
        self.assertEqual({d[1:] for d in self.found(row)}, {("request", "name", "nullable")})

    def test_formats(self):
        def change(doc):
            report = schemas(doc)["Settlement"]["properties"]
            report["created_at"]["format"] = "date"
            report["merchant_id"]["format"] = "uri"
            del report["id"]["format"]  # only one side says a format: no difference
            report["remarks"]["format"] = "date-time"
            report["total_amount"]["format"] = "uint64"  # integer formats are not compared
        row = self.mutated(SETTLEMENT, change)
        self.assertEqual(self.found(row), {(op, "response", where + name, "format") for name in ("created_at", "merchant_id")
                                           for op, where in ((CREATE, ""), (LIST, "settlements[]."), (DETAIL, "settlement."))})
        self.lost(row, response=6)

    def test_extra_expected_and_system_operations(self):
        op = {"responses": {"200": {"description": "ok"}}}
        doc = reference("analytics-service")
        doc["paths"]["/api/v1/statistics/merchant/{id}"] = {"get": op}
        doc["paths"]["/api/v1/other"] = {"delete": op}
        doc["paths"]["/docs"] = {"get": op}
        del doc["paths"]["/metrics"]
        row = self.compare("analytics-service", doc)
        self.assertEqual(row["extra_operations"], ["DELETE /api/v1/other"])
        self.assertEqual(row["expected"], {"ok": 1, "total": 2, "percent": 50.0})
        self.assertEqual([e["present"] for e in row["expected_by_callers"]], [True, False])
        self.lost(row, system=1)  # and no operation is lost

    def test_another_success_code(self):
        def change(doc):
            answers = doc["paths"]["/api/v1/settlements"]["post"]["responses"]
            answers["201"] = answers.pop("200")
        row = self.mutated(SETTLEMENT, change)
        self.lost(row)
        self.assertEqual(self.found(row, False), {(CREATE, "response", "(body)", "status")})
        row = self.mutated(SETTLEMENT, lambda doc: doc["paths"]["/api/v1/settlements"]["post"]["responses"].pop("200"))
        self.assertEqual(self.found(row), {(CREATE, "response", "(body)", "status"), (CREATE, "response", "(body)", "missing")})
        self.lost(row, response=1 + 22)
        row = self.mutated(ACCOUNTING, lambda doc: doc["paths"]["/api/v1/accounts/{id}/freeze"]["post"]["responses"].pop("200"))
        self.assertEqual(self.found(row), {("POST /api/v1/accounts/{id}/freeze", "response", "(body)", "status")})
        self.lost(row, response=1)

    def test_json_is_preferred_among_media_types(self):
        def change(doc):
            answer = doc["paths"]["/api/v1/settlements"]["post"]["responses"]["200"]
            answer["content"] = {"text/plain": {"schema": {"type": "string"}},
                                 "Application/JSON; charset=utf-8": answer["content"]["application/json"]}
        self.assertFull(self.mutated(SETTLEMENT, change))

    def test_fields_where_the_reference_has_an_open_object(self):
        def change(required):
            def change(doc):
                extra = schemas(doc)["CreateTransactionInput"]["properties"]["extra"]
                extra.update(properties={"note": {"type": "string"}}, required=["note"] if required else [])
            return change
        self.assertFull(self.mutated(ACCOUNTING, change(False)))
        row = self.mutated(ACCOUNTING, change(True))
        self.assertEqual(self.found(row), {("POST /api/v1/transactions", "request", "extra.note", "extra-required")})

    def test_extension_beside_the_paths(self):
        self.assertFull(self.mutated(SETTLEMENT, lambda doc: doc["paths"].update({"x-note": "text"})))

    def test_same_route_twice(self):
        row = self.mutated(SETTLEMENT, lambda doc: doc["paths"].update({"/api/v1/settlements/{no}/": doc["paths"]["/api/v1/settlements/{id}"]}))
        self.assertEqual(len(row["notes"]), 1)
        self.lost(row)


class Envelopes(Case):
    def test_payload_without_envelope(self):
        def change(doc):  # the framework adds the envelope: the document shows the payload only
            for item in doc["paths"].values():
                for op in item.values():
                    for answer in op.get("responses", {}).values() if isinstance(op, dict) else ():
                        body = answer.get("content", {}).get("application/json")
                        merged = schemas(doc).get(body["schema"].get("$ref", "").split("/")[-1], {}) if body else {}
                        if "allOf" in merged:
                            body["schema"] = merged["allOf"][1]["properties"]["data"]
        row = self.mutated(SETTLEMENT, change)
        self.lost(row)
        self.assertEqual({d[2:] for d in self.found(row, False)}, {("(body)", "envelope")})
        self.assertEqual(len(self.found(row, False)), 7)

    def test_members_of_the_envelope_are_notes(self):
        def change(doc):
            schemas(doc)["SuccessEnvelope"]["properties"]["code"] = {"type": "integer"}
            del schemas(doc)["SuccessEnvelope"]["properties"]["trace_id"]
        row = self.mutated(SETTLEMENT, change)
        self.lost(row)
        self.assertEqual({d[2:] for d in self.found(row, False)}, {("code", "envelope"), ("trace_id", "envelope")})

    def test_optional_payload_is_a_note(self):
        def change(doc):
            for name, schema in schemas(doc).items():
                if name.endswith("Envelope") and "allOf" in schema:
                    data = schema["allOf"][1]["properties"]
                    data["data"] = {"anyOf": [data["data"], {"type": "null"}]}
        row = self.mutated(SETTLEMENT, change)
        self.lost(row)
        self.assertEqual({d[2:] for d in self.found(row, False)}, {("(body)", "nullable")})

    def test_message_and_data_inside_data(self):
        def change(doc):
            schemas(doc)["LoginEnvelope"]["properties"]["data"] = schemas(doc)["LoginData"]["properties"]["data"]
        row = self.mutated("merchant-service", change)
        self.lost(row)
        self.assertEqual({d[2:] for d in self.found(row, False)}, {("(body)", "envelope")})
        row = self.mutated("merchant-service", lambda doc: schemas(doc)["LoginResult"]["properties"].pop("token"))
        self.assertEqual(self.found(row), {("POST /api/v1/merchant/login", "response", "token", "missing")})

    def test_reference_with_data_alone(self):
        """admin-service answers {data: ..}: the same inside {code, message, data} lacks nothing."""
        def change(doc):
            for name, schema in schemas(doc).items():
                if set(schema.get("properties", ())) == {"data"}:
                    schema["properties"] |= {"code": {"type": "string"}, "message": {"type": "string"}}
        row = self.mutated("admin-service", change)
        self.lost(row)
        self.assertEqual({d[2:] for d in self.found(row, False)}, {("code", "extra"), ("message", "extra")})

    def test_page_with_a_field_named_data_is_no_envelope(self):
        row = self.mutated("notification-service", lambda doc: schemas(doc)["NotificationPage"]["properties"].pop("total"))
        self.assertEqual(self.found(row), {("GET /api/v1/notifications", "response", "total", "missing")})
        def change(doc):
            body = doc["paths"]["/api/v1/roles"]["get"]["responses"]["200"]["content"]["application/json"]
            schemas(doc)[body["schema"]["$ref"].split("/")[-1]]["properties"].pop("pagination")
        row = self.mutated("admin-service", change)
        self.assertEqual(self.found(row), {("GET /api/v1/roles", "response", "pagination", "missing")})

    def pair(self, mine, theirs):
        return self.compare("small", small(theirs), ref=small(mine))

    def test_record_with_data_and_code_is_no_envelope(self):
        row = self.pair(obj(id="string", code="string", data=obj(x="string")), obj(id="string", data=obj(x="string")))
        self.assertEqual(self.found(row), {("GET /a", "response", "code", "missing")})
        row = self.pair(obj(code="string", data=obj(message="string", data="string", level="string")),
                        obj(code="string", data=obj(data="string", level="string")))
        self.assertEqual(self.found(row), {("GET /a", "response", "message", "missing")})

    def test_envelope_without_payload(self):
        empty = obj(code="string", message="string", trace_id="string")
        for theirs in (empty, obj(code="string", message="string", data={"type": "null"}), {"type": "null"}):
            row = self.pair(empty, theirs)
            self.assertEqual((self.found(row), row["response"]["total"]), (set(), 0))
            self.assertLessEqual({d[3] for d in self.found(row, False)}, {"envelope"})
        row = self.pair(empty, obj(code="string", message="string", data=obj(x="string")))
        self.assertEqual((self.found(row), self.found(row, False)),
                         (set(), {("GET /a", "response", "(body)", "extra"), ("GET /a", "response", "trace_id", "envelope")}))
        row = self.pair(obj(code="string", message="string", data=obj(x="string")), empty)
        self.assertEqual(self.found(row), {("GET /a", "response", "(body)", "missing")})
        self.lost(row, response=2)
        self.assertFull(self.pair(obj(message="string"), obj(message="string")))  # a lone message is a field
        row = self.pair(obj(message="string"), obj(error="string"))
        self.assertEqual(self.found(row), {("GET /a", "response", "message", "missing")})

    def test_data_alone_where_the_reference_has_an_envelope(self):
        row = self.pair(obj(code="string", message="string", data=obj(x="string")), obj(data=obj(x="string")))
        self.assertEqual((self.found(row), self.found(row, False)), (set(), {("GET /a", "response", "(body)", "envelope")}))


def small(schema, **extra):
    """A document with one operation that answers with a schema."""
    answer = {"description": "ok", "content": {"application/json": {"schema": schema}}}
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, **extra,
            "paths": {"/a": {"get": {"responses": {"200": answer}}}}}


def obj(**props):
    """An object schema; a text stands for a type."""
    return {"type": "object", "properties": {k: {"type": v} if isinstance(v, str) else v for k, v in props.items()}}


class Schemas(Case):
    def pair(self, mine, theirs, **extra):
        return self.compare("small", small(theirs, **extra), ref=small(mine, **extra))

    def test_cycles(self):
        defs = {"Tree": {"type": "object", "properties": {
                    "value": {"type": "integer"}, "owner": {"$ref": "#/$defs/Owner"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}},
                "Owner": {"type": "object", "properties": {
                    "tree": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}, "name": {"type": "string"}}},
                "Self": {"$ref": "#/$defs/Self"}, "Loop": {"allOf": [{"$ref": "#/$defs/Loop"}, {"$ref": "#/$defs/Tree"}]}}
        ref = {"$ref": "#/$defs/Loop"}
        self.assertFull(self.pair(ref, ref, **{"$defs": defs}))
        self.assertFull(self.pair({"$ref": "#/$defs/Self"}, {"$ref": "#/$defs/Self"}, **{"$defs": defs}))
        other = copy.deepcopy(defs)
        other["Owner"]["properties"]["name"] = {"type": "integer"}
        row = self.compare("small", small(ref, **{"$defs": other}), ref=small(ref, **{"$defs": defs}))
        self.assertIn(("GET /a", "response", "owner.name", "type"), self.found(row))
        tree = {"$ref": "#/$defs/Tree"}
        self.assertEqual(self.pair(tree, tree, **{"$defs": defs})["response"]["total"], 1 + 3 + 2 + 3)  # body, Tree, Owner, Tree or null
        pair = {"One": obj(next={"$ref": "#/$defs/One"}, x="string"), "Two": obj(next={"$ref": "#/$defs/Two"}, y="string")}
        either = {"anyOf": [{"$ref": "#/$defs/One"}, {"$ref": "#/$defs/Two"}]}
        self.assertEqual(self.pair(either, either, **{"$defs": pair})["response"]["total"], 1 + 3 + 3)
        chain = {"Chain": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Chain"}}}}
        self.assertEqual(self.pair({"$ref": "#/$defs/Chain"}, {"type": "object"}, **{"$defs": chain})["response"]["total"], 2)

    def test_reference_to_the_schema_itself(self):
        """Embedded schemas call themselves #, which is not the document."""
        mine = {"$ref": "#/$defs/Tree"}
        tree = {"type": "object", "properties": {"value": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}}}
        theirs = json.loads(json.dumps(tree).replace("#/$defs/Tree", "#"))
        self.assertFull(self.pair(mine, theirs, **{"$defs": {"Tree": tree}}))
        named = {"components": {"schemas": {"Tree": theirs}}}
        self.assertFull(self.compare("small", small({"$ref": "#/components/schemas/Tree"}, **named), ref=small(mine, **{"$defs": {"Tree": tree}})))
        theirs["properties"]["value"]["type"] = "number"
        row = self.pair(mine, theirs, **{"$defs": {"Tree": tree}})
        self.assertEqual({d[2:] for d in self.found(row)}, {("value", "type"), ("next.value", "type")})

    def test_depth_limit(self):
        deep = {"type": "integer"}
        for _ in range(40):
            deep = {"type": "object", "properties": {"in": deep}}
        other = json.loads(json.dumps(deep).replace("integer", "number"))
        self.assertFull(self.pair(deep, other))  # beyond the limit nothing is compared
        self.assertEqual(self.pair(deep, other)["response"]["total"], 13)
        self.compare("small", small(other), ref=small(deep))
        row = self.report("--depth", "50", ref=self.dir / "reference")["services"][0]
        self.assertEqual({d[3] for d in self.found(row)}, {"type"})

    def test_same_meaning_written_differently(self):
        whole = {"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string", "enum": ["x", "y"]}, "b": {"type": ["integer", "null"]}, "m": {
                "type": "object", "additionalProperties": {"type": "integer"}}}}
        parts = {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"oneOf": [{"const": "x"}, {"enum": ["y"]}]}}},
                           {"properties": {"b": {"allOf": [{"type": "integer"}], "nullable": True},
                                           "m": {"patternProperties": {"^\\d+$": {"type": "integer"}}, "additionalProperties": False}}}]}
        self.assertFull(self.pair(whole, parts))
        self.assertFull(self.pair(parts, whole))
        described = {"$defs": {"A/b c": {"type": "string"}},
                     "description": "d", "type": "object", "properties": {"x": {"$ref": "#/$defs/A~1b%20c", "description": "e"}}}
        self.assertFull(self.pair({"type": "object", "properties": {"x": {"type": "string"}}}, described))
        self.assertFull(self.pair(obj(e={"anyOf": [{"enum": ["x"]}, {"type": "null"}]}, v={}, t="array"),  # as schemars has it in 3.0
                                  obj(e={"anyOf": [{"enum": ["x"]}, {"enum": [None], "nullable": True}]}, v=True, t="array")))

    def test_combined_schemas(self):
        text, number = {"type": "string"}, {"type": "integer"}
        nullable = {"type": ["string", "null"]}
        row = self.pair(obj(a={"allOf": [nullable, text]}, b={"anyOf": [text, number]}, c={"anyOf": [text, {}]}),
                        obj(a=text, b={"anyOf": [number, text]}, c=number))
        self.assertFull(row)
        row = self.pair(obj(a=nullable, b={"anyOf": [text, number]}, c={"allOf": [{"enum": ["x", "y"]}, {"enum": ["y", "z"]}]}),
                        obj(a={"allOf": [nullable, text]}, b=text, c={"enum": ["x", "z"]}))
        self.assertEqual({d[2:] for d in self.found(row)}, {("a", "nullable"), ("b", "type"), ("c", "enum")})
        # the callback of payment-gateway demands one of two fields, so neither of them is required by itself
        change = lambda doc: schemas(doc)["ChannelCallback"].update(anyOf=[{"required": ["payment_no", "channel_order_no"]}])
        row = self.mutated("payment-gateway", change)
        self.assertEqual({d[1:] for d in self.found(row)}, {("request", "payment_no", "required"), ("request", "channel_order_no", "required")})

    def test_tuple_items_do_not_stop_the_tool(self):
        pairs = {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}
        row = self.pair({"type": "array", "items": {"type": "string"}}, pairs)
        self.assertEqual(self.found(row), {("GET /a", "response", "(body)[]", "type")})


class CommandLine(Case):
    def test_runs_as_a_script(self):
        self.assertTrue(os.access(TOOL, os.X_OK))
        command = [sys.executable, str(TOOL), "--reference", str(REFERENCE), "--generated", str(REFERENCE), "--detail"]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("POST /api/v1/notifications/send expected by withdrawal-service: absent", done.stdout)
        closed = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        closed.stdout.close()  # a reader that goes away, as in `| head`
        with closed.stderr:
            self.assertEqual(closed.stderr.read(), b"")
        closed.wait()

    def test_detail_text(self):
        doc = reference(SETTLEMENT)
        schemas(doc)["Settlement"]["properties"]["total_amount"]["type"] = "number"
        del doc["paths"]["/api/v1/settlements/reports"]
        doc["paths"]["/api/v1/new"] = {"get": {"responses": {}}}
        (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
        text = self.call("--service", SETTLEMENT, "--detail")[1]
        self.assertIn(f"\n{REPORT} MISSING\n", text)
        self.assertIn(f"\n{CREATE}\n  - response total_amount: type: reference integer, generated number\n", text)
        self.assertIn("\nGET /api/v1/new EXTRA\n", text)

    def test_no_generated_document(self):
        (self.gen / "unknown-service.json").write_text("not read")
        report = self.report("--service", SETTLEMENT, ACCOUNTING)
        self.assertEqual([row["operations"]["ok"] for row in report["services"]], [0, 0])
        self.assertIn(f"{SETTLEMENT} (no document)", self.text)
        report = self.report()
        self.assertEqual(report["totals"]["operations"]["ok"], 0)
        self.assertEqual(report["without_reference"], ["unknown-service.json"])

    def test_thresholds(self):
        doc = reference(SETTLEMENT)
        (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
        one = ("--service", SETTLEMENT)
        self.assertEqual(self.call(*one, "--min-operations", 100, "--min-fields", 100)[0], 0)
        schemas(doc)["SettlementReport"]["properties"].pop("total_fee")
        del doc["paths"]["/api/v1/settlements/{id}/reject"]
        (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
        self.assertEqual(self.call(*one)[0], 0)
        code, _, err = self.call(*one, "--min-operations", 100)
        self.assertEqual(code, 1)
        self.assertIn("operations 6/7", err)
        self.assertEqual(self.call(*one, "--min-operations", 85.7)[0], 0)
        code, _, err = self.call(*one, "--min-fields", 100)
        self.assertEqual(code, 1)
        self.assertIn("fields", err)
        self.assertEqual(self.call(*one, "--min-fields", 99)[0], 0)
        (self.gen / f"{SETTLEMENT}.json").unlink()
        self.assertEqual(self.call(*one, "--min-fields", 0)[0], 1)  # nothing compared is no success
        for bad in ("101", "-1", "nan", "x"):
            self.assertEqual(self.call(*one, "--min-fields", bad)[0], 2)

    def test_percent_is_rounded_down(self):
        self.assertEqual([contract_diff.percent(p) for p in ([9999, 10000], [1, 1], [2, 3], [0, 0])], [99.9, 100.0, 66.6, None])


class BadInput(Case):
    def refuse(self, mention, *args, **kwargs):
        code, out, err = self.call(*args, **kwargs)
        self.assertEqual(code, 2, err)
        self.assertRegex(err, r"\Acontract_diff: [^\n]+\n\Z")
        self.assertIn(mention, err)

    def test_directories(self):
        self.refuse("nowhere", ref=self.dir / "nowhere")
        self.refuse("nowhere", gen=self.dir / "nowhere")
        (self.dir / "file").write_text("x")
        self.refuse("file", gen=self.dir / "file")
        self.refuse("generated: no OpenAPI document", ref=self.gen)  # empty
        self.refuse("no-such-service", "--service", "no-such-service")
        self.refuse("no OpenAPI document", "--service", "events")
        self.refuse("missing/out.json", "--json", self.dir / "missing" / "out.json")
        for suffix in ("json", "yml"):
            (self.gen / f"{SETTLEMENT}.{suffix}").write_text("{}")
        self.refuse(f"{SETTLEMENT}.yml: a second document")

    def test_files(self):
        whole = json.dumps(reference(SETTLEMENT))
        bad = {"not json": '{"openapi": ', "cut short": whole[:-100], "empty": "", "null": "null", "a list": "[]", "a number": "3",
               "swagger 2": '{"swagger": "2.0", "paths": {}}', "no version": '{"paths": {}}', "deep": "[" * 100000,
               "version 2": '{"openapi": "2.0"}'}
        for what, text in bad.items():
            with self.subTest(what):
                (self.gen / f"{SETTLEMENT}.json").write_text(text)
                self.refuse(f"{SETTLEMENT}.json", "--service", SETTLEMENT)
        (self.gen / f"{SETTLEMENT}.json").write_bytes(b'{"openapi": "3.1.0", "x": "\xff\xfe"}')
        self.refuse(f"{SETTLEMENT}.json", "--service", SETTLEMENT)
        (self.gen / f"{SETTLEMENT}.json").unlink()
        bad = {"tabs": "openapi: 3.1.0\n\tpaths: {}", "indent": "openapi: 3.1.0\n  paths:\n - x", "two documents": "a: 1\n---\nb: 2\n",
               "open quote": 'openapi: "3.1.0', "python tag": "openapi: !!python/object:os.system 3", "alias": "openapi: *nothing",
               "bad tag": "openapi: !!timestamp x", "key": "? [a, b]\n: c", "deep": "[" * 100000, "dashes": "- " * 100000,
               "control": "openapi: 3.1.0\nx: \x00", "plain text": "hello", "empty": ""}
        for what, text in bad.items():
            with self.subTest(what):
                (self.gen / f"{SETTLEMENT}.yaml").write_text(text)
                self.refuse(f"{SETTLEMENT}.yaml", "--service", SETTLEMENT)
        (self.gen / f"{SETTLEMENT}.yaml").unlink()
        (self.gen / f"{SETTLEMENT}.yaml").mkdir()
        self.refuse(f"{SETTLEMENT}.yaml", "--service", SETTLEMENT)

    def test_bad_reference_document(self):
        (self.dir / "broken.yaml").write_text("openapi: [")
        (self.dir / "out.json").unlink(missing_ok=True)
        self.refuse("broken.yaml", ref=self.dir)

    def test_references(self):
        for ref, mention in (("#/components/schemas/Nothing", "dangling $ref #/components/schemas/Nothing"), ("#/$defs/Nothing", "dangling"),
                             ("other.yaml#/x", "another document"), ("#anchor", "dangling"), ("#/paths/0", "dangling")):
            with self.subTest(ref):
                doc = reference(SETTLEMENT)
                schemas(doc)["PlainError"]["properties"]["error"] = {"$ref": ref}  # a schema of error answers, never compared
                (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
                self.refuse(mention, "--service", SETTLEMENT)
        doc = reference(SETTLEMENT)
        doc["components"]["parameters"]["XRequestID"] = {"$ref": "#/components/parameters/XRequestID"}
        (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
        self.refuse("circular", "--service", SETTLEMENT)

    def test_wrong_shapes(self):
        get = lambda doc: doc["paths"]["/api/v1/settlements"]["get"]
        page = lambda doc: schemas(doc)["SettlementPage"]
        changes = {
            "paths": lambda doc: doc.update(paths=[]), "path item": lambda doc: doc["paths"].update({"/x": 3}),
            "operation": lambda doc: doc["paths"].update({"/x": {"get": "y"}}),
            "parameters": lambda doc: get(doc).update(parameters={}), "parameter": lambda doc: get(doc).update(parameters=["x"]),
            "no name": lambda doc: get(doc).update(parameters=[{"in": "query"}]),
            "name": lambda doc: get(doc).update(parameters=[{"in": "query", "name": 3}]),
            "responses": lambda doc: get(doc).update(responses=[]), "response": lambda doc: get(doc).update(responses={"200": "ok"}),
            "content": lambda doc: get(doc).update(responses={"200": {"content": "x"}}),
            "media": lambda doc: get(doc).update(responses={"200": {"content": {"application/json": "x"}}}),
            "schema": lambda doc: get(doc).update(responses={"200": {"content": {"application/json": {"schema": "x"}}}}),
            "body": lambda doc: doc["paths"]["/api/v1/settlements"]["post"].update(requestBody="x"),
            "properties": lambda doc: page(doc).update(properties=[]), "required": lambda doc: page(doc).update(required=True),
            "required names": lambda doc: page(doc).update(required=[1]), "type": lambda doc: page(doc).update(type=5),
            "types": lambda doc: page(doc).update(type=[5]), "all of": lambda doc: page(doc).update(allOf={}),
            "branch": lambda doc: page(doc).update(anyOf=[1]), "enum": lambda doc: page(doc).update(enum="x"),
            "format": lambda doc: page(doc).update(format={}), "property": lambda doc: page(doc)["properties"].update(total="integer")}
        for what, change in changes.items():
            with self.subTest(what):
                doc = reference(SETTLEMENT)
                change(doc)
                (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
                self.refuse(f"{SETTLEMENT}.json", "--service", SETTLEMENT)

    def test_long_chain_of_references(self):
        doc = reference(SETTLEMENT)
        page = schemas(doc).pop("SettlementPage")
        for i in range(5000):
            schemas(doc)[f"Link{i}"] = {"$ref": f"#/components/schemas/Link{i + 1}"}
        schemas(doc)["Link5000"], schemas(doc)["SettlementPage"] = page, {"$ref": "#/components/schemas/Link0"}
        (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
        self.refuse(f"{SETTLEMENT}.json: schemas nested too deep", "--service", SETTLEMENT)

    def test_odd_characters(self):
        doc = reference(SETTLEMENT)
        doc["paths"]["/api/v1/\ud800"] = {"get": {"responses": {}}}
        schemas(doc)["SettlementReport"]["properties"]["\u00fc\ud801"] = {"type": "string"}
        (self.gen / f"{SETTLEMENT}.json").write_text(json.dumps(doc))
        command = [sys.executable, str(TOOL), "--reference", str(REFERENCE), "--generated", str(self.gen), "--service", SETTLEMENT,
                   "--detail", "--json", str(self.dir / "out.json")]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_random_damage_never_gives_a_traceback(self):
        """Replace, drop or copy random parts of a document: the tool ends with 0 or with a message and 2."""
        junk = [None, True, False, 0, -1, 1.5, "", "x", [], {}, [None], [1], ["x"], {"x": None}, {"type": "object"}, {"$ref": "#"},
                {"$ref": "#/paths"}, {"$ref": "#/components/schemas/Settlement"}, {"$ref": 5}, {"allOf": [{}]}, [[[]]], {"": {"": ""}}]
        dice, codes = random.Random(7), {0: 0, 2: 0}
        for turn in range(240):
            doc = reference((SETTLEMENT, "risk-service", "bank-transfer-api")[turn % 3])
            for _ in range(dice.choice((1, 1, 2, 5))):
                spots = [(obj, key) for obj in walk(doc) for key in obj]
                obj, key = dice.choice(spots)
                action = dice.randrange(4)
                if action == 0:
                    del obj[key]
                elif action == 1:
                    source, name = dice.choice(spots)
                    obj[key] = copy.deepcopy(source.get(name))
                else:
                    obj[key] = copy.deepcopy(dice.choice(junk))
            name = (SETTLEMENT, "risk-service", "bank-transfer-api")[turn % 3]
            (self.gen / f"{name}.json").write_text(json.dumps(doc))
            code, _, err = self.call("--service", name, "--detail", "--json", self.dir / "out.json")
            self.assertIn(code, codes, err)
            codes[code] += 1
            # and the damaged document as the reference
            code, _, err = self.call("--service", name, ref=self.gen, gen=REFERENCE)
            self.assertIn(code, codes, err)
        self.assertGreater(min(codes.values()), 20)


if __name__ == "__main__":
    unittest.main()
