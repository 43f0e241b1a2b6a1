import { failure } from "../contract/failure.ts";
import { attribute, readXml, xmlSteps } from "./read-xml.ts";
import type { XmlListener } from "./read-xml.ts";
import { SharedTexts } from "./shared-texts.ts";
import { readLimits } from "./source.ts";
import type { CellFault, ReadRow, Source } from "./source.ts";
import { readZip, unpack } from "./unzip.ts";
import type { ZipEntry } from "./unzip.ts";

/** What a workbook says of itself. */
export interface Workbook {
  entries: Map<string, ZipEntry>;
  /** Visible sheets in their order, with where each lies in the archive. */
  sheets: { name: string; path: string }[];
  /** Days are counted from 1904, as old programs for the Macintosh did. */
  from1904: boolean;
}

/**
 * Opens an Office Open XML workbook (ECMA-376), without reading its sheets.
 *
 * @throws import.fileBroken import.fileMacros import.fileProtected import.unpacksTooLarge
 */
export async function openWorkbook(source: Source): Promise<Workbook> {
  const entries = await readZip(source);
  if ([...entries.keys()].some((name) => /vbaProject|macrosheets\//i.test(name))) throw failure("import.fileMacros");
  if (entries.has("EncryptedPackage")) throw failure("import.fileProtected");
  const targets = new Map<string, string>();
  await readXml(contentOf(source, entries, "xl/_rels/workbook.xml.rels"), {
    ...deaf,
    open(name, attributes) {
      const [id, target] = [attribute(attributes, "Id"), attribute(attributes, "Target")];
      if (name !== "Relationship" || id === undefined || target === undefined) return;
      targets.set(id, target.startsWith("/") ? target.slice(1) : `xl/${target}`);
    },
  });
  const workbook: Workbook = { entries, sheets: [], from1904: false };
  await readXml(contentOf(source, entries, "xl/workbook.xml"), {
    ...deaf,
    open(name, attributes) {
      if (name === "workbookPr") workbook.from1904 = /^(?:1|true)$/.test(attribute(attributes, "date1904") ?? "");
      if (name !== "sheet" || workbook.sheets.length >= 100) return;
      const path = targets.get(/\s[\w.-]+:id\s*=\s*["']([^"']*)["']/.exec(attributes)?.[1] ?? "");
      const isHidden = (attribute(attributes, "state") ?? "visible") !== "visible";
      if (path === undefined || isHidden || !entries.has(path) || !path.includes("worksheets/")) return;
      workbook.sheets.push({ name: (attribute(attributes, "name") ?? "").slice(0, 100), path });
    },
  });
  if (workbook.sheets.length === 0) throw failure("import.fileBroken");
  return workbook;
}

/**
 * Reads the rows of a sheet as they come, rows without any text left out. Numbers come as texts, moments in ISO 8601
 * (a workbook has no zones, so they are taken as UTC). The texts that cells share lie in memory, in few bytes.
 *
 * @throws import.fileBroken import.cellTooLarge import.tooManyColumns import.tooManyRows import.unpacksTooLarge
 */
export async function* readXlsx(source: Source, workbook: Workbook, sheet: string): AsyncGenerator<ReadRow[]> {
  const path = (workbook.sheets.find(({ name }) => name === sheet) ?? workbook.sheets[0])?.path ?? "";
  const shared = await SharedTexts.read(optional(source, workbook.entries, "xl/sharedStrings.xml"));
  const isMoment = await readStyles(optional(source, workbook.entries, "xl/styles.xml"));
  const listener = new SheetListener(shared, isMoment, workbook.from1904);
  for await (const _ of xmlSteps(contentOf(source, workbook.entries, path), listener)) {
    const rows = listener.take();
    if (rows.length > 0) yield rows;
  }
}

const deaf: XmlListener = { open() {}, close() {}, text() {} };

function contentOf(source: Source, entries: Map<string, ZipEntry>, name: string): AsyncGenerator<Buffer> {
  const entry = entries.get(name);
  if (entry === undefined) throw failure("import.fileBroken");
  return unpack(source, entry);
}

function optional(source: Source, entries: Map<string, ZipEntry>, name: string): AsyncGenerator<Buffer> | undefined {
  return entries.has(name) ? contentOf(source, entries, name) : undefined;
}

/** Which styles of cells show moments, by their number. */
async function readStyles(content: AsyncGenerator<Buffer> | undefined): Promise<boolean[]> {
  const isMoment: boolean[] = [];
  if (content === undefined) return isMoment;
  const formats = new Map<number, boolean>();
  let isInCells = false;
  await readXml(content, {
    ...deaf,
    open(name, attributes) {
      if (name === "numFmt" && formats.size < 5000) {
        // What shows a part of a date or time, outside of quoted text, colours and escapes.
        const code = (attribute(attributes, "formatCode") ?? "").replaceAll(/"[^"]*"|\[[^\]]*\]|\\./g, "");
        formats.set(Number(attribute(attributes, "numFmtId")), /[ymdhs]/i.test(code));
      }
      if (name === "cellXfs") isInCells = true;
      if (name !== "xf" || !isInCells || isMoment.length >= 70_000) return;
      const format = Number(attribute(attributes, "numFmtId") ?? 0);
      isMoment.push(formats.get(format) ?? isBuiltInMoment(format));
    },
    close(name) {
      if (name === "cellXfs") isInCells = false;
    },
  });
  return isMoment;
}

/** ECMA-376 Part 1 §18.8.30, with those of East Asian languages. */
function isBuiltInMoment(format: number): boolean {
  const ranges = [
    [14, 22],
    [27, 36],
    [45, 47],
    [50, 58],
  ];
  return ranges.some(([from = 0, to = 0]) => format >= from && format <= to);
}

class SheetListener implements XmlListener {
  readonly #shared: SharedTexts;
  readonly #isMoment: readonly boolean[];
  readonly #from1904: boolean;
  #rows: ReadRow[] = [];
  #row: ReadRow | undefined;
  #number = 0;
  #column = -1;
  #type = "n";
  #style = 0;
  #text = "";
  #hasFormula = false;
  #hears = false;
  /** Depth inside of phonetic readings, which stand beside a text and are not of it. */
  #phonetic = 0;

  constructor(shared: SharedTexts, isMoment: readonly boolean[], from1904: boolean) {
    this.#shared = shared;
    this.#isMoment = isMoment;
    this.#from1904 = from1904;
  }

  /** The rows that have come whole since the last time. */
  take(): ReadRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: string): void {
    if (name === "row") {
      this.#number = numberFrom(attribute(attributes, "r"), this.#number + 1);
      if (this.#number > readLimits.rows + 1) throw failure("import.tooManyRows", { data: { most: readLimits.rows } });
      this.#row = { number: this.#number, cells: [] };
      this.#column = -1;
    } else if (name === "c") {
      this.#column = columnFrom(attribute(attributes, "r"), this.#column + 1);
      if (this.#column >= readLimits.columns) {
        throw failure("import.tooManyColumns", { data: { most: readLimits.columns } });
      }
      this.#type = attribute(attributes, "t") ?? "n";
      this.#style = Number(attribute(attributes, "s") ?? 0);
      this.#text = "";
      this.#hasFormula = false;
    } else if (name === "f") this.#hasFormula = true;
    else if (name === "rPh") this.#phonetic += 1;
    else if (name === "v" || name === "t") this.#hears = this.#phonetic === 0;
  }

  text(text: string): void {
    if (!this.#hears) return;
    this.#text += text;
    if (this.#text.length > readLimits.cellCharacters) {
      throw failure("import.cellTooLarge", { data: { row: this.#number, most: readLimits.cellCharacters } });
    }
  }

  close(name: string): void {
    if (name === "v" || name === "t") this.#hears = false;
    else if (name === "rPh") this.#phonetic -= 1;
    else if (name === "c") this.#closeCell();
    else if (name === "row" && this.#row !== undefined) {
      if (this.#row.cells.some((cell) => cell !== "") || this.#row.faults !== undefined) this.#rows.push(this.#row);
      this.#row = undefined;
    }
  }

  #closeCell(): void {
    const row = this.#row;
    if (row === undefined) throw failure("import.fileBroken");
    while (row.cells.length < this.#column) row.cells.push("");
    const fault: CellFault | undefined = this.#hasFormula ? "formula" : this.#type === "e" ? "error" : undefined;
    row.cells[this.#column] = this.#value();
    if (fault !== undefined) (row.faults ??= new Map()).set(this.#column, fault);
  }

  #value(): string {
    const text = this.#text;
    switch (this.#type) {
      case "s":
        return this.#shared.at(Number(text));
      case "b":
        return text === "1" ? "true" : "false";
      case "n":
        if (text === "") return "";
        return this.#isMoment[this.#style] === true ? momentText(Number(text), this.#from1904) : numberText(text);
      default:
        // Characters that XML cannot have are written as _x000D_ (Part 1 §22.9.2.19).
        return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
    }
  }
}

function numberFrom(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise);
  if (!Number.isInteger(number) || number < 1) throw failure("import.fileBroken");
  return number;
}

/** The place of a column from the name of a cell: 27 from `AB12`. */
function columnFrom(reference: string | undefined, otherwise: number): number {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? "")?.[0];
  if (letters === undefined) return otherwise;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** A number as somebody would write it: programs write 1E2 for 100. */
function numberText(text: string): string {
  const number = Number(text);
  return Number.isFinite(number) && Math.abs(number) < 1e21 ? String(number) : text;
}

const dayMs = 86_400_000;

/** A day counted from the end of 1899, or of 1903, with its time as a fraction; a time alone has no day. */
function momentText(serial: number, from1904: boolean): string {
  const epoch = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  const at = new Date(epoch + Math.round(serial * dayMs));
  if (Number.isNaN(at.getTime())) return String(serial);
  const iso = at.toISOString();
  return Number.isInteger(serial) ? iso.slice(0, 10) : iso.replace(/\.\d+/, "");
}
