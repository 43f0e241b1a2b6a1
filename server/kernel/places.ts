import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { Reader } from "mmdb-lib";
import type { AsnResponse, CityResponse } from "mmdb-lib";
import type { Logger } from "pino";
import { StartError } from "./start-error.ts";
import type { Locale } from "./words/locale.ts";

/** Where on earth a network address is, as far as a MaxMind database says. */
export interface Place {
  /** ISO 3166-1: `JP`. */
  country: string;
  /** ISO 3166-2 without the country: `13`. */
  region: string | null;
  city: { readonly en?: string; readonly ja?: string };
}

/** Looks up network addresses in the MaxMind databases that are configured; without any it knows nothing. */
export interface Places {
  placeOf(address: string | null | undefined): Place | undefined;
  /** The number of the network's operator (its autonomous system): 64496. */
  operatorOf(address: string | null | undefined): number | undefined;
}

/** Databases are published weekly; a newer file is taken without a restart. */
const lookAgainMs = 60_000;

interface OpenFile {
  path: string;
  reader: Reader<CityResponse & AsnResponse>;
  modifiedMs: number;
}

/**
 * Opens the databases (MaxMind DB format: GeoLite2 or GeoIP2 City, Country, ASN, or others of the same shape).
 *
 * @throws StartError a file cannot be read, or is no such database
 */
export function openPlaces(paths: readonly string[], log: Logger): Places {
  const files = paths.map(open);
  let lookedAt = Date.now();

  function find<Found>(address: string | null | undefined, pick: (record: CityResponse & AsnResponse) => Found) {
    if (address == null || files.length === 0) return undefined;
    if (Date.now() - lookedAt > lookAgainMs) {
      lookedAt = Date.now();
      for (const file of files) void renew(file, log);
    }
    for (const { reader } of files) {
      const record = readRecord(reader, address);
      const found = record === null ? undefined : pick(record);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    placeOf: (address) =>
      find(address, ({ country, subdivisions, city }) =>
        country === undefined
          ? undefined
          : {
              country: country.iso_code,
              region: subdivisions?.[0]?.iso_code ?? null,
              city: {
                ...(city?.names.en === undefined ? {} : { en: city.names.en }),
                ...(city?.names.ja === undefined ? {} : { ja: city.names.ja }),
              },
            },
      ),
    operatorOf: (address) =>
      find(address, (record) => record.autonomous_system_number ?? record.traits?.autonomous_system_number),
  };
}

/** A place in words: "Osaka, Japan"; Japanese goes from the large to the small. */
export function placeName(place: Place, locale: Locale): string {
  const country = new Intl.DisplayNames(locale, { type: "region", fallback: "code" }).of(place.country) ?? "";
  const city = place.city[locale] ?? place.city.en;
  if (city === undefined) return country;
  return locale === "ja" ? `${country} ${city}` : `${city}, ${country}`;
}

function open(path: string): OpenFile {
  try {
    return { path, reader: new Reader(readFileSync(path)), modifiedMs: statSync(path).mtimeMs };
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "it is no MaxMind database";
    throw new StartError(`MAXMIND_DB names ${path}, which cannot be used (${why}).`);
  }
}

/** The reader throws at what is no address, and at a record that is cut off. */
function readRecord(reader: OpenFile["reader"], address: string) {
  try {
    return reader.get(address.replace(/^::ffff:(?=\d+\.)/i, ""));
  } catch {
    return null;
  }
}

/** Takes a newer file; one that cannot be used leaves what there is. */
async function renew(file: OpenFile, log: Logger): Promise<void> {
  try {
    const { mtimeMs } = await stat(file.path);
    if (mtimeMs === file.modifiedMs) return;
    file.reader = new Reader(await readFile(file.path));
    file.modifiedMs = mtimeMs;
  } catch (error) {
    log.warn({ err: error, file: file.path }, "a MaxMind database cannot be read; the last one is kept");
  }
}
