// What things are called, and how figures are written.

/** The services by their names on the command line: what they are called on the map. */
export const LABELS = {
  console: "Console shop",
  config: "Config",
  "channel-sim": "Channel",
  "bank-sim": "Bank",
  "rate-sim": "Rates",
  "geo-sim": "Places",
  "mailgun-sim": "Mail",
  "twilio-sim": "SMS",
  risk: "Risk",
  order: "Order",
  accounting: "Accounting",
  "merchant-config": "Terms",
  merchant: "Merchant",
  "merchant-auth": "Login",
  kyc: "KYC",
  notification: "Notification",
  analytics: "Analytics",
  "channel-adapter": "Channel adapter",
  withdrawal: "Withdrawal",
  settlement: "Settlement",
  admin: "Admin",
  "payment-gateway": "Gateway",
  cashier: "Cashier",
};

export const label = (name) => LABELS[name] ?? name;

export const BREAKERS = { closed: "closed", ramping: "ramping", half_open: "half open", open: "open" };
export const STATUS = { ok: "ok", degraded: "degraded", unhealthy: "unhealthy", down: "does not answer" };
export const WEATHER = {
  fair: "reached as always",
  cut: "cut off",
  slow: "slow",
  deaf: "answers get lost",
  robbed: "some answers get lost",
};

/** Thousandths per second. */
export function rate(milli) {
  if (!milli) return "0";
  const value = milli / 1000;
  if (value >= 100) return Math.round(value).toLocaleString("en");
  if (value >= 10) return value.toFixed(0);
  return value >= 0.95 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(2).replace(/0$/, "");
}

/** Microseconds. */
export function took(us) {
  if (us === null || us === undefined) return "–";
  if (us < 1000) return `${us} µs`;
  if (us < 100_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 1 : 0)} s`;
}

export const count = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));

const PLACES = { JPY: 0, KRW: 0, VND: 0, BHD: 3, KWD: 3, OMR: 3, JOD: 3, TND: 3 };

/** Minor units of a currency. */
export function money(minor, currency) {
  const places = PLACES[currency] ?? 2;
  const digits = String(Math.abs(minor)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${minor < 0 ? "−" : ""}${whole}${places ? `.${digits.slice(-places)}` : ""} ${currency}`;
}

const two = (number, places = 2) => String(number).padStart(places, "0");

/** A time of the day, UTC. */
export function time(ms, fine = false) {
  const at = new Date(ms);
  const seconds = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return fine ? `${seconds}.${two(at.getUTCMilliseconds(), 3)}` : seconds;
}

export const date = (ms) => new Date(ms).toISOString().slice(0, 10);

/** How long ago, in words. */
export function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}
