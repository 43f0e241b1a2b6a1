import type { Config } from "#server/kernel/config.ts";

/** What the terminal shows when everything runs. */
export function banner(config: Config, setupLink: string | undefined): string {
  const lines = [
    `Gatehouse is ready at ${config.issuer}`,
    "",
    `  Console         ${config.issuer}/admin/`,
    `  SCIM            ${config.issuer}/scim/v2`,
    `  OpenID Connect  ${config.issuer}/.well-known/openid-configuration`,
  ];
  if (setupLink !== undefined) {
    lines.push(
      "",
      "  Nobody can sign in yet. Make the first administrator here; the link works once:",
      `  ${setupLink}`,
    );
  }
  return `\n${lines.join("\n")}\n\n`;
}
