"""Who calls the platform that runs in a folder: services and staff by tokens, and a merchant who has logged in."""

import base64
import json
import time
import uuid
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STAFF = "admin:00000000-0000-0000-0000-00000000a11e"
PASSWORD = "Correct-horse-battery-1"


class Callers:
    """Whoever may call something; sessions that a test has ended are opened anew."""

    def __init__(self, folder: Path, documents: Path):
        """`folder` holds the platform's secrets, `documents` what its services say of themselves."""
        self.documents = {file.stem: json.loads(file.read_text()) for file in documents.glob("*.json")}
        secrets = json.loads((folder / "secrets.json").read_text())
        self.issuer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secrets["issuer"]))
        self.administrator = secrets["first-admin"]
        self.log_in()

    def log_in(self):
        """Opens a session of a new merchant, who may do business, and forgets that of staff."""
        self.merchant, self.session = self.admit()
        self.staff = None

    def staff_session(self) -> str:
        """The token of the first administrator."""
        if self.staff is None:
            login = {"username": "admin", "password": self.administrator}
            self.staff = self.call("admin-service", "loginAdmin", login)["token"]
        return self.staff

    def proof(self, service: str, requirement: dict) -> str:
        """The bearer token that meets one requirement of an operation's `security`."""
        ((scheme, roles),) = requirement.items()
        match scheme:
            case "session":
                return self.session
            case "staff":
                return self.token("admin-service", service, STAFF)
            case "service":
                return self.token(roles[0], service)
        raise ValueError(f"{service}: nobody shows the proof `{scheme}`; add it here")

    def token(self, caller: str, audience: str, act: str | None = None) -> str:
        """A token for every operation of a service, as the platform itself would sign it."""
        now = int(time.time())
        scopes = [snake_case(operation["operationId"]) for _, _, operation in self.operations(audience)]
        claims = {"iss": "payment-platform", "sub": caller, "aud": audience, "iat": now, "exp": now + 300,
                  "jti": uuid.uuid4().hex, "scopes": scopes} | ({"act": act} if act else {})
        signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode())
                          for part in ({"alg": "EdDSA", "typ": "service+jwt"}, claims))
        return f"{signed}.{encode(self.issuer.sign(signed.encode()))}"

    def admit(self) -> tuple[str, str]:
        """Makes a merchant who may do business, and logs it in: its id and its session."""
        shop = {"name": "Shop", "email": f"{uuid.uuid4()}@shop.example", "password": PASSWORD,
                "company_name": "Shop Ltd", "business_type": "company", "country": "DE"}
        merchant = self.call("merchant-service", "registerMerchant", shop)["data"]["id"]
        self.call("merchant-service", "updateMerchantStatus", {"status": "active"}, id=merchant)
        self.call("merchant-service", "updateMerchantKycStatus", {"kyc_status": "verified"}, id=merchant)
        login = {"merchant_id": merchant, "password": PASSWORD}
        return merchant, self.call("merchant-auth-service", "login", login)["access_token"]

    def call(self, service: str, operation: str, body: dict, **arguments: str) -> dict:
        """Calls an operation as staff, where it wants a caller at all; its answer's payload."""
        path, method = next((path, method) for path, method, known in self.operations(service)
                            if known["operationId"] == operation)
        url = self.documents[service]["servers"][0]["url"] + path.format(**arguments)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if self.documents[service]["paths"][path][method]["security"]:
            headers["Authorization"] = f"Bearer {self.token('admin-service', service, STAFF)}"
        answer = requests.request(method, url, json=body, headers=headers, timeout=30)
        if not answer.ok:
            raise RuntimeError(f"{operation} of {service}: {answer.status_code} {answer.text}")
        return answer.json().get("data", answer.json())

    def operations(self, service: str):
        """The operations of a service: path, method and what its document says of each."""
        for path, item in self.documents[service]["paths"].items():
            for method, operation in item.items():
                yield path, method, operation


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
