// Where the services stand: in layers from the shops to the outside world, once for wide screens and once for narrow ones.

/** Centres by name; titles over the layers. */
export const WIDE = {
  box: [1002, 534],
  node: [132, 52],
  across: true,
  titles: [
    [70, 16, "Shops"],
    [242, 16, "Front doors"],
    [414, 16, "Decide"],
    [586, 16, "Money"],
    [758, 16, "Tell and count"],
    [930, 16, "Outside world"],
  ],
  at: {
    console: [70, 236],
    "merchant-auth": [242, 60],
    cashier: [242, 148],
    "payment-gateway": [242, 236],
    merchant: [242, 342],
    admin: [242, 500],
    risk: [414, 60],
    order: [414, 148],
    "channel-adapter": [414, 236],
    kyc: [414, 342],
    "merchant-config": [414, 424],
    accounting: [586, 148],
    settlement: [586, 324],
    config: [586, 500],
    withdrawal: [758, 324],
    notification: [758, 412],
    analytics: [758, 500],
    "geo-sim": [930, 60],
    "rate-sim": [930, 148],
    "channel-sim": [930, 236],
    "bank-sim": [930, 324],
    "mailgun-sim": [930, 412],
    "twilio-sim": [930, 500],
  },
};

export const NARROW = {
  box: [390, 694],
  node: [118, 50],
  across: false,
  titles: [
    [7, 16, "Shops"],
    [7, 98, "Front doors"],
    [7, 190, "Decide"],
    [7, 366, "Money, told and counted"],
    [7, 544, "Outside world"],
  ],
  at: {
    console: [195, 50],
    admin: [324, 50],
    cashier: [66, 132],
    "payment-gateway": [195, 132],
    "merchant-auth": [324, 132],
    order: [66, 224],
    "channel-adapter": [195, 224],
    risk: [324, 224],
    merchant: [66, 308],
    kyc: [195, 308],
    "merchant-config": [324, 308],
    accounting: [66, 400],
    settlement: [195, 400],
    withdrawal: [324, 400],
    notification: [66, 484],
    analytics: [195, 484],
    config: [324, 484],
    "mailgun-sim": [66, 578],
    "channel-sim": [195, 578],
    "geo-sim": [324, 578],
    "twilio-sim": [66, 662],
    "rate-sim": [195, 662],
    "bank-sim": [324, 662],
  },
};

const between = (value, least, most) => Math.min(Math.max(value, least), most);

/** The line from one service to another: a cubic curve, as eight numbers. A way back bows away from the way there. */
export function curve(layout, from, to) {
  const [[ax, ay], [bx, by]] = [layout.at[from], layout.at[to]];
  const [half, high] = [layout.node[0] / 2, layout.node[1] / 2];
  const [dx, dy] = [bx - ax, by - ay];
  if (layout.across ? Math.abs(dx) > layout.node[0] : Math.abs(dx) > Math.abs(dy) * 1.4) {
    const side = Math.sign(dx);
    const shift = side > 0 ? -6 : 9;
    const [sy, ey] = [ay + shift + between(dy / 12, -10, 10), by + shift - between(dy / 12, -10, 10)];
    const [sx, ex] = [ax + side * half, bx - side * half];
    const bow = side < 0 && Math.abs(dx) > 220 ? 34 : 0;
    const reach = Math.max(26, Math.abs(ex - sx) * 0.42) * side;
    return [sx, sy, sx + reach, sy + bow, ex - reach, ey + bow, ex, ey];
  }
  const down = Math.sign(dy) || 1;
  const shift = down > 0 ? -12 : 12;
  const [sx, ex] = [ax + shift + between(dx / 6, -26, 26), bx + shift - between(dx / 6, -26, 26)];
  const [sy, ey] = [ay + down * high, by - down * high];
  const reach = Math.max(14, Math.abs(ey - sy) * 0.42) * down;
  return [sx, sy, sx, sy + reach, ex, ey - reach, ex, ey];
}

/** The point of a curve at `t` from 0 to 1. */
export function point([ax, ay, bx, by, cx, cy, dx, dy], t) {
  const s = 1 - t;
  const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return [a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy];
}

export const path = ([ax, ay, ...rest]) => `M${ax} ${ay}C${rest.join(" ")}`;
