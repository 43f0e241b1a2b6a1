import { hidden } from "../../kernel/hide-secrets.ts";

/** Names of parameters and attributes whose values nobody is to read. */
export const secretName = /token|secret|passw|authorization|api_?key|credential/i;
const secretFilter = /(passw\w*\s+\w+\s+)(?:"(?:\\.|[^"\\])*"?|\S+)/gi;

/** The address of a request as its log may show it: without the values of parameters and filters that name a secret. */
export function withoutSecrets(address: string): string {
  const at = address.indexOf("?");
  if (at < 0) return address;
  const query = new URLSearchParams(address.slice(at + 1));
  let isChanged = false;
  const entries = [...query].map(([name, value]): [string, string] => {
    const shown = secretName.test(name) ? hidden : value.replace(secretFilter, `$1"${hidden}"`);
    isChanged ||= shown !== value;
    return [name, shown];
  });
  return isChanged ? `${address.slice(0, at)}?${new URLSearchParams(entries)}` : address;
}

/** What was answered, without the texts that it quotes of a query that names a secret. */
export function detailWithoutSecrets(detail: string, address: string): string {
  return withoutSecrets(address) === address ? detail : detail.replace(/"(?:\\.|[^"\\])*"?/g, `"${hidden}"`);
}
