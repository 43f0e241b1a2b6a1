import { command } from "../command.ts";
import type { Command } from "../command.ts";

export const demoCommands: readonly Command[] = [
  command({
    name: "demo",
    summary: "Play a directory and a person against the server that runs",
    flags: {
      roster: { kind: "text", value: "FILE", summary: "people as CSV; a small company unless given" },
      groups: { kind: "text", value: "FILE", summary: "groups as CSV: group, employeeNumber" },
      token: { kind: "text", value: "TOKEN", summary: "of the directory to play; one is made unless given" },
      screenshots: { kind: "text", value: "DIR", summary: "save pictures of the walk there" },
      person: { kind: "text", value: "USERNAME", summary: "who walks; the first who is new unless given" },
      scimOnly: { kind: "switch", summary: "push people and groups, and leave out the browser" },
    },
    notes: [
      "Pushes people and groups over SCIM as Entra ID and Okta do, then activates one of them from the mail and signs in",
      "to a small application. ISSUER or PORT say where the server is. A second run finds everything and changes nothing.",
    ],
    async run(call) {
      const { runDemo } = await import("./run-demo.ts");
      return await runDemo(call);
    },
  }),
];
