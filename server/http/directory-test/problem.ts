import { switchMeanings } from "../../contract/directory-products.ts";
import { fill } from "../../kernel/words/fill.ts";

/** What may be wrong with a move, in English; the console has the same in other languages. */
export const problemTexts = {
  paused: "This directory is paused, so every request is refused. Resume it and test again.",
  switchOff: "This directory has switched off what {product} needs here: {switches}. Switch it on under Settings.",
  tooMany:
    "The rate limit of {limit} requests a second is used up. Allow more, or test again when the directory is quiet.",
  status: "Answered {status}, not {wanted}: {detail}",
  answer: "In the answer, {at} is {is}, not {wanted}.",
  type: "The answer is {is}, not {wanted}.",
  silent: "No answer came within 20 seconds.",
  before: "Not tried, because it builds on a move that failed.",
} as const;

/** What a test says besides its moves. */
export const adviceTexts = {
  network:
    "The test stays inside Gatehouse. Whether {product} reaches {address} over the internet shows when {product} tests the connection itself.",
  notHttps: "{product} sends only to https addresses; this one is {address}. Set ISSUER to the public address.",
  underscore: "Okta accepts no underscore in the base URL: {address}.",
  slow: "Entra ID wants at least 25 requests a second; this directory allows {limit}.",
  noToken: "No token of this directory works any more. Rotate the token and put the new one into {product}.",
} as const;

export interface Problem {
  code: string;
  says: string;
  values: Record<string, string>;
}

/** A problem with its sentence. Switches are given by their names in code, and written by their names for people. */
export function problem(code: keyof typeof problemTexts, values: Record<string, string>): Problem {
  const { switches } = values;
  const named = switches === undefined ? {} : { switches: namesOf(switches) };
  return { code, says: fill(problemTexts[code], { ...values, ...named }), values };
}

/** A piece of advice with its sentence. */
export function advice(code: keyof typeof adviceTexts, values: Record<string, string>): Problem {
  return { code, says: fill(adviceTexts[code], values), values };
}

function namesOf(switches: string): string {
  const meanings: Readonly<Record<string, { name: string }>> = switchMeanings;
  return switches
    .split(", ")
    .map((name) => `“${meanings[name]?.name ?? name}”`)
    .join(", ");
}
