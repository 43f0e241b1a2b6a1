// Letters and digits that are not mistaken for each other when read out or copied by hand.
const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** A password of 5 groups of 4, more than 110 bits, with every kind of character that a policy may ask for. */
export function makePassword(): string {
  const pick = (from: string) => from[randomBelow(from.length)] ?? "";
  for (;;) {
    const groups = Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => pick(letters)).join(""));
    const text = groups.join("-");
    if (/[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)) return text;
  }
}

/** Rejects the uneven rest, so that every value is as likely as another. */
function randomBelow(limit: number): number {
  const span = 256 - (256 % limit);
  for (;;) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < span) return byte % limit;
  }
}
