import { afterAll, beforeAll, expect, test } from "vitest";
import { openScimServer } from "./support/scim-server.ts";
import type { ScimServer } from "./support/scim-server.ts";
import { enterprise, expectError, made, person, team } from "./support/scim-client.ts";
import type { ScimClient } from "./support/scim-client.ts";

let server: ScimServer;
let scim: ScimClient;
const idOf = new Map<string, string>();

beforeAll(async () => {
  server = await openScimServer();
  scim = await server.connect();
  const other = await server.connect();
  await made(other, person("ada.other", { title: "Engineer", externalId: "E-1" }));
  server.house.clock.now = new Date("2026-03-01T10:00:00Z");
  for (const user of people) {
    idOf.set(String(user["userName"]).toLowerCase(), await made(scim, user));
    server.house.clock.now = new Date(server.house.clock.now.getTime() + 86_400_000);
  }
  const extension = { department: "Research", manager: { value: idOf.get("ada") } };
  const carol = person("carol", { name: { givenName: "Carol" }, [enterprise]: extension });
  idOf.set("carol", await made(scim, carol));
  const members = [{ value: idOf.get("ada") }, { value: idOf.get("bob") }];
  idOf.set("g1", await made(scim, team("Engineers", { externalId: "G-1", members })));
  idOf.set("g2", await made(scim, team("Writers", { members: [{ value: idOf.get("g1") }] })));
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server.close();
});

const people = [
  person("ada", {
    externalId: "E-1",
    displayName: "Ada Lovelace",
    name: { givenName: "Ada", familyName: "Lovelace", formatted: "Countess Ada", honorificPrefix: "Lady" },
    title: "Engineer",
    nickName: "",
    locale: "en-GB",
    timezone: "Europe/London",
    emails: [
      { value: "Ada@Work.example", type: "work", primary: true },
      { value: "ada@home.example", type: "home" },
    ],
    phoneNumbers: [{ value: "+44 20 7946 0000", type: "work" }],
    roles: [{ value: "admin", primary: true }, { value: "reader" }],
    [enterprise]: { department: "Research", employeeNumber: "0042", costCenter: "C100%_x" },
  }),
  person("Bob", {
    externalId: "e-1",
    displayName: 'Bob "the \\ builder"',
    title: "Writer",
    active: false,
    emails: [
      { value: "bob@home.example", type: "work" },
      { value: "bob@work.example", type: "home", primary: true },
    ],
    x509Certificates: [{ value: "AAEC" }],
    addresses: [{ type: "work", locality: "Tōkyō 東京", postalCode: "100-0001" }],
  }),
];

/** filter, and who fits it */
const userCases: [filter: string, fits: string[]][] = [
  // operators on a column
  ['userName eq "ADA"', ["ada"]],
  ['userName ne "ada"', ["bob", "carol"]],
  ['userName co "A"', ["ada", "carol"]],
  ['userName sw "b"', ["bob"]],
  ['userName ew "B"', ["bob"]],
  ['userName sw "aro"', []],
  ['userName co "aro"', ["carol"]],
  ['userName ew "rol"', ["carol"]],
  ['userName gt "bob"', ["carol"]],
  ['userName ge "BOB"', ["bob", "carol"]],
  ['userName lt "bob"', ["ada"]],
  ['userName le "bob"', ["ada", "bob"]],
  ["userName pr", ["ada", "bob", "carol"]],
  ['userName co ""', ["ada", "bob", "carol"]],
  // case
  ['USERNAME Eq "ada"', ["ada"]],
  ['externalId eq "E-1"', ["ada"]],
  ['externalId eq "e-1"', ["bob"]],
  ['externalId sw "E"', ["ada"]],
  // unassigned
  ['title eq "engineer"', ["ada"]],
  ['title ne "engineer"', ["bob", "carol"]],
  ["title pr", ["ada", "bob"]],
  ["not (title pr)", ["carol"]],
  ["title eq null", ["carol"]],
  ["title ne null", ["ada", "bob"]],
  ["nickName pr", []],
  ['not (title eq "Engineer")', ["bob", "carol"]],
  ['not (title sw "W" or title eq "Engineer")', ["carol"]],
  // precedence
  ['userName eq "ada" or userName eq "bob" and title eq "nobody"', ["ada"]],
  ['(userName eq "ada" or userName eq "bob") and title eq "writer"', ["bob"]],
  ['not (userName eq "ada") and not (userName eq "bob")', ["carol"]],
  ['userName eq "carol" or not (title eq "Writer") and active eq true', ["ada", "carol"]],
  // booleans, quoted ones too
  ["active eq true", ["ada", "carol"]],
  ["active eq false", ["bob"]],
  ['active eq "False"', ["bob"]],
  ["active ne true", ["bob"]],
  // complex attributes with one value
  ['name.familyName eq "lovelace"', ["ada"]],
  ['name.givenName sw "c"', ["carol"]],
  ['name.formatted co "countess"', ["ada"]],
  ['name[givenName eq "ada" and familyName eq "lovelace"]', ["ada"]],
  ['name[not (familyName eq "lovelace")]', ["carol"]],
  ["name pr", ["ada", "carol"]],
  // several values: the same element, or any
  ['emails[type eq "work" and value co "@work"]', ["ada"]],
  ['emails.type eq "work" and emails.value co "@work"', ["ada", "bob"]],
  ['emails co "@HOME"', ["ada", "bob"]],
  ['emails.value eq "ada@work.EXAMPLE"', ["ada"]],
  ['emails eq "bob@home.example"', ["bob"]],
  ['emails[value eq "bob@home.example"]', ["bob"]],
  ['emails[value eq "bob@home.example" and type eq "home"]', []],
  ['emails[type eq "work"].value eq "ada@work.example"', ["ada"]],
  ['emails[value eq "x@y.example" or type eq "work"]', ["ada", "bob"]],
  ['emails[primary eq true and type eq "home"]', ["bob"]],
  ['emails[primary eq "False"]', ["ada", "bob"]],
  ["emails[not (primary eq true)]", ["ada", "bob"]],
  ['emails[not (type eq "work" or type eq "home")]', []],
  ["emails pr", ["ada", "bob"]],
  ["not (emails pr)", ["carol"]],
  ["emails.display pr", []],
  ['emails.type ne "work"', ["carol"]],
  ['roles[primary eq "True"].value eq "admin"', ["ada"]],
  ['addresses.locality co "東京"', ["bob"]],
  ['addresses[postalCode sw "100" and type eq "work"]', ["bob"]],
  ['x509Certificates eq "AAEC"', ["bob"]],
  ['x509Certificates eq "aaec"', []],
  // URNs and extensions
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a"', ["ada"]],
  [`${enterprise}:department eq "research"`, ["ada", "carol"]],
  ['department eq "research"', ["ada", "carol"]],
  [`${enterprise.toUpperCase()}:EMPLOYEENUMBER eq "0042"`, ["ada"]],
  [`schemas eq "${enterprise}"`, ["ada", "carol"]],
  ['schemas co "core:2.0:User"', ["ada", "bob", "carol"]],
  ['schemas eq "urn:x"', []],
  [`not (schemas eq "${enterprise}")`, ["bob"]],
  [`${enterprise}:manager pr`, ["carol"]],
  [`${enterprise}:manager.displayName eq "ada lovelace"`, ["carol"]],
  // groups
  ['groups.display eq "engineers"', ["ada", "bob"]],
  ['groups[display sw "W"]', []],
  ["groups pr", ["ada", "bob"]],
  ["not (groups pr)", ["carol"]],
  ['groups.type eq "direct"', ["ada", "bob"]],
  // meta
  ['meta.resourceType eq "User"', ["ada", "bob", "carol"]],
  ['meta.resourceType eq "Group"', []],
  ['meta.created ge "2026-03-02T10:00:00Z"', ["bob", "carol"]],
  ['meta.created eq "2026-03-01T19:00:00+09:00"', ["ada"]],
  ['meta.created lt "2026-03-01T10:00:00.001Z"', ["ada"]],
  ['meta.lastModified gt "2030-01-01T00:00:00Z"', []],
  ['meta.version eq "W/\\"1\\""', ["ada", "bob", "carol"]],
  ["meta pr", ["ada", "bob", "carol"]],
  // columns beside
  ['locale eq "EN-gb"', ["ada"]],
  ['timezone sw "Europe/"', ["ada"]],
  ['id eq "not-an-id"', []],
  ["id pr", ["ada", "bob", "carol"]],
  // strings are data
  ['displayName eq "Bob \\"the \\\\ builder\\""', ["bob"]],
  ['displayName eq "\\u0041da Lovelace"', ["ada"]],
  ['userName eq "\'; drop table users; --"', []],
  ['userName eq "a%"', []],
  ['userName sw "%"', []],
  [`${enterprise}:costCenter co "0%_"`, ["ada"]],
  [`${enterprise}:costCenter co "1%x"`, []],
  ['displayName co "%ove%"', []],
  ['displayName co "ove"', ["ada"]],
  ['userName eq "🙂"', []],
];

test.each(userCases)("[P1] §1.4 RFC 7644 §3.4.2.2: %s", async (filter, fits) => {
  const answer = await scim.find("Users", filter);
  expect(answer.status, answer.text).toBe(200);
  const names = answer.body.Resources.map((user: { userName: string }) => user.userName.toLowerCase());
  expect(names).toEqual(fits);
  expect(answer.body.totalResults).toBe(fits.length);
});

test.each([
  ["id eq ID", (id: string) => `id eq "${id}"`],
  ["meta.location eq", (id: string) => `meta.location eq "https://id.example.com/scim/v2/Users/${id}"`],
  ["Entra ID: id and manager", (id: string) => `id eq "${id}" and not (manager pr)`],
])("[P1] §1.4 RFC 7644 §3.4.2.2: %s", async (_title, filterFor) => {
  const answer = await scim.find("Users", filterFor(idOf.get("ada") ?? ""), "&attributes=id");
  expect(answer.body.Resources).toEqual([
    { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], id: idOf.get("ada") },
  ]);
});

test("[P3] §2.1 Entra: the reference check before a manager is set", async () => {
  const filter = `id eq "${idOf.get("carol")}" and manager eq "${idOf.get("ada")}"`;
  expect((await scim.find("Users", filter, "&attributes=id")).body.totalResults).toBe(1);
  const wrong = `id eq "${idOf.get("carol")}" and manager eq "${idOf.get("bob")}"`;
  expect((await scim.find("Users", wrong, "&attributes=id")).body.totalResults).toBe(0);
});

test("[P1] §1.4 RFC 7644 §3.4.2.2: id is case exact (RFC 7643 §3.1)", async () => {
  expect((await scim.find("Users", `id eq "${idOf.get("ada")?.toUpperCase()}"`)).body.totalResults).toBe(0);
});

const groupCases: [filter: string, fits: string[]][] = [
  ['displayName eq "ENGINEERS"', ["Engineers"]],
  ['displayName ne "engineers"', ["Writers"]],
  ['displayName co "er"', ["Engineers", "Writers"]],
  ['externalId eq "G-1"', ["Engineers"]],
  ['externalId eq "g-1"', []],
  ["members pr", ["Engineers", "Writers"]],
  ['members.type eq "Group"', ["Writers"]],
  ['members.display eq "ada lovelace"', ["Engineers"]],
  ['members[display eq "ada lovelace" and type eq "Group"]', []],
  ['members.value eq "nobody"', []],
  ['meta.resourceType eq "Group"', ["Engineers", "Writers"]],
  ['schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"', ["Engineers", "Writers"]],
];

test.each(groupCases)("[P1] §1.4 RFC 7644 §3.4.2.2: groups: %s", async (filter, fits) => {
  const answer = await scim.find("Groups", filter, "&excludedAttributes=members");
  expect(answer.body.Resources.map((group: { displayName: string }) => group.displayName)).toEqual(fits);
});

test("[P1] §1.4 RFC 7644 §3.4.2.2: groups by a member, in each way of writing it", async () => {
  const [ada, g1] = [idOf.get("ada"), idOf.get("g1")];
  for (const filter of [`members eq "${ada}"`, `members.value eq "${ada}"`, `members[value eq "${ada}"]`]) {
    const { body } = await scim.find("Groups", filter);
    expect(body.Resources.map((group: { id: string }) => group.id)).toEqual([g1]);
  }
  const nested = await scim.find("Groups", `members[value eq "${g1}" and type eq "Group"]`);
  expect(nested.body.Resources.map((group: { id: string }) => group.id)).toEqual([idOf.get("g2")]);
  const both = await scim.find("Groups", `members eq "${ada}" and not (members eq "${idOf.get("bob")}")`);
  expect(both.body.totalResults).toBe(0);
});

test.each([
  ["bad syntax", "userName eq"],
  ["an unclosed string", 'userName eq "ada'],
  ["an unknown operator", 'userName is "ada"'],
  ["an unknown attribute", 'shoeSize eq "42"'],
  ["an unknown sub-attribute", 'emails.size eq "42"'],
  ["an unknown URN", 'urn:x:y:userName eq "ada"'],
  ["an order of booleans (Table 3)", "active gt true"],
  ["an order of binaries (Table 3)", 'x509Certificates gt "AA"'],
  ["a part of a boolean", 'active co "ru"'],
  ["a boolean that is none", 'active eq "yes"'],
  ["a date that is none", 'meta.created gt "yesterday"'],
  ["brackets on a simple attribute", 'userName[value eq "a"]'],
  ["brackets in brackets", 'emails[value[type eq "a"] pr]'],
  ["a complex attribute without a part", 'name eq "Ada"'],
  ["a value in single quotes", "userName eq 'ada'"],
  ["no value", "userName eq and title pr"],
  ["a value of two words", "title eq Tour Guide"],
  ["a null character", 'userName eq "a\\u0000"'],
  ["half a surrogate pair", 'userName eq "\\ud800"'],
  ["two filters glued", 'userName eq "a" userName eq "b"'],
  ["an empty filter", ""],
  ["__proto__", '__proto__ eq "a"'],
  ["constructor", 'constructor eq "a"'],
  ["too many terms", Array.from({ length: 300 }, () => "userName pr").join(" or ")],
  ["too long", `userName eq "${"a".repeat(9000)}"`],
  ["too deep", `${"(".repeat(100)}userName pr${")".repeat(100)}`],
])("[P1] §1.4 RFC 7644 §3.4.2.2: bad filter, %s: 400 invalidFilter, nothing is ignored", async (_title, filter) => {
  expectError(await scim.find("Users", filter), 400, "invalidFilter");
});

test.each([
  'password eq "secret"',
  "password pr",
  'userName eq "ada" or not (password sw "a")',
  'urn:ietf:params:scim:schemas:core:2.0:User:PASSWORD co "x"',
])(
  "[P1] §1.4 RFC 7644 §7.5.2: %s in an address is 403 sensitive, in a search 400, and nobody is found",
  async (filter) => {
    expectError(await scim.find("Users", filter), 403, "sensitive", /password/);
    expectError(await scim.get(`/?filter=${encodeURIComponent(filter)}`), 403, "sensitive", /password/);
    const search = { schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], filter };
    for (const path of ["/Users/.search", "/.search"]) {
      expectError(await scim.post(path, search), 400, "invalidFilter", /password/);
    }
  },
);

/** Switches of the directory that are off for a while. */
async function withOff(names: string[], act: () => Promise<void>): Promise<void> {
  const set = async (switches: object) =>
    await server.house.db.run("update directories set switches = $2 where id = $1", [
      scim.id,
      JSON.stringify(switches),
    ]);
  await set(Object.fromEntries(names.map((name) => [name, false])));
  await act();
  await set({});
}

test.each([
  ["externalId eq E-1", ["ada"]],
  ["externalId eq e-1", ["bob"]],
  ["userName sw a", ["ada"]],
  ["userName eq ADA and active eq true", ["ada"]],
  ["emails[type eq work].value eq ada@work.example", ["ada"]],
  ["emails[type eq work and value co @home]", ["bob"]],
  [`${enterprise}:employeeNumber eq 0042`, ["ada"]],
  ["meta.created gt 2026-03-02T00:00:00.0000000-01:00", ["bob", "carol"]],
])(
  "[P3] §2.1 Entra: a value without quotes is read as Microsoft's text has it, if switched on: %s",
  async (filter, fits) => {
    const answer = await scim.find("Users", filter);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.Resources.map((user: { userName: string }) => user.userName.toLowerCase())).toEqual(fits);
    await withOff(["bareFilterValues"], async () => {
      expectError(await scim.find("Users", filter), 400, "invalidFilter");
    });
  },
);

test("[P4] §1.4 what was read leniently in a filter is in the request log; off, it is refused", async () => {
  const client = await server.connect();
  await client.find("Users", 'externalId eq jyoung and active eq "True"');
  await client.post("/Users/.search", {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
    filter: 'emails[primary eq "False"]',
  });
  await server.flush();
  const rows = await server.house.db.rows<{ coercions: string[] }>(
    "select coercions from directory_requests where directory_id = $1 order by id",
    [client.id],
  );
  expect(rows.map((row) => row.coercions)).toEqual([
    ['filter: externalId "jyoung" has no quotes → read as a text', 'filter: active "True" → true'],
    ['filter: emails.primary "False" → false'],
  ]);
  await withOff(["stringBooleans"], async () => {
    expectError(await scim.find("Users", 'active eq "True"'), 400, "invalidFilter", /boolean/);
    expectError(await scim.find("Users", 'roles[primary eq "True"]'), 400, "invalidFilter", /boolean/);
  });
});

test("[P1] §1.4 RFC 7644 §3.4.2.2: not without brackets is understood", async () => {
  const names = async (filter: string) =>
    (await scim.find("Users", filter)).body.Resources.map((user: { userName: string }) => user.userName.toLowerCase());
  expect(await names("not title pr")).toEqual(["carol"]);
  expect(await names('not title eq "Engineer" and active eq false')).toEqual(["bob"]);
});

test("[P1] §1.4 RFC 7644 §3.4.2: a filter whose parameter is written in another case is not ignored", async () => {
  for (const name of ["Filter", "FILTER"]) {
    const { body } = await scim.get(`/Users?${name}=${encodeURIComponent('userName eq "ada"')}&Count=1`);
    expect([body.totalResults, body.Resources[0].userName]).toEqual([1, "ada"]);
  }
  expectError(await scim.get("/Users?FILTER="), 400, "invalidFilter");
});

test("[P1] §1.4 RFC 7644 §3.4.2.2: a filter that is given twice is refused", async () => {
  const filter = encodeURIComponent('userName eq "ada"');
  expectError(await scim.get(`/Users?filter=${filter}&filter=${filter}`), 400, "invalidFilter");
});

test("[P1] §1.1 RFC 7644 §6: a filter never finds what another directory owns", async () => {
  expect((await scim.find("Users", 'userName eq "ada.other"')).body.totalResults).toBe(0);
  expect((await scim.find("Users", 'not (userName eq "nobody")')).body.totalResults).toBe(3);
  expect((await scim.find("Users", 'userName pr or userName eq "x"')).body.totalResults).toBe(3);
});
