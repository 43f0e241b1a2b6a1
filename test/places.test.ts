import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createLog } from "#server/kernel/log.ts";
import { openPlaces, placeName } from "#server/kernel/places.ts";
import { makeMmdb } from "./support/mmdb.ts";

const folder = mkdtempSync(join(tmpdir(), "places-"));
afterAll(() => rmSync(folder, { recursive: true }));
const log = createLog({ level: "silent" });

function file(name: string, content: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const cities = file(
  "city.mmdb",
  makeMmdb("GeoLite2-City", {
    "203.0.113.0/24": {
      country: { iso_code: "JP" },
      subdivisions: [{ iso_code: "27" }],
      city: { names: { en: "Osaka", ja: "大阪市" } },
    },
    "2001:db8:1::/48": { country: { iso_code: "GB" } },
  }),
);
const operators = file(
  "asn.mmdb",
  makeMmdb("GeoLite2-ASN", { "203.0.113.0/24": { autonomous_system_number: 64_496 } }),
);

test("[S3] MaxMind databases say where an address is, in the reader's language, and whose network it is", () => {
  const places = openPlaces([cities, operators], log);
  const osaka = places.placeOf("203.0.113.77");
  expect(osaka).toMatchObject({ country: "JP", region: "27" });
  expect(osaka && placeName(osaka, "en")).toBe("Osaka, Japan");
  expect(osaka && placeName(osaka, "ja")).toBe("日本 大阪市");
  expect(places.placeOf("::ffff:203.0.113.77")).toEqual(osaka);
  const britain = places.placeOf("2001:db8:1::9");
  expect(britain && placeName(britain, "en")).toBe("United Kingdom");
  expect(places.operatorOf("203.0.113.77")).toBe(64_496);
  for (const address of ["198.51.100.1", "2001:db8:2::1", "nonsense", "", null, undefined]) {
    expect(places.placeOf(address)).toBeUndefined();
    expect(places.operatorOf(address)).toBeUndefined();
  }
});

test("[S3] without a database nothing is known, and a file that is none is named", () => {
  expect(openPlaces([], log).placeOf("203.0.113.77")).toBeUndefined();
  const broken = file("broken.mmdb", Buffer.from("not a database"));
  expect(() => openPlaces([broken], log)).toThrow(/^MAXMIND_DB names .*broken\.mmdb, which cannot be used/);
  expect(() => openPlaces([join(folder, "gone.mmdb")], log)).toThrow(/ENOENT/);
});
