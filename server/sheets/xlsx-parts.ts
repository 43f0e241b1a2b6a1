// The fixed parts of a workbook (ECMA-376 Part 1, and Part 2 for the package).
import type { ColumnKind } from "./sheet.ts";
import type { TimeStyle } from "./time-format.ts";

type Part = readonly [name: string, content: string];

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packages = "http://schemas.openxmlformats.org/package/2006";
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const type = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** Columns by their letters: A, B, … Z, AA. */
export function columnName(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : columnName(Math.floor(at / 26) - 1) + letter;
}

// What XML cannot hold, or what readers of XML change, or what looks like our way of writing these (Part 1 §22.9.2.19).
// oxlint-disable-next-line no-control-regex
const unfit = /[\0-\x08\x0b-\x1f\uFFFE\uFFFF]|_(?=x[0-9A-Fa-f]{4}_)/g;
const hasUnfit = new RegExp(unfit.source);

/** A text as the content of an element. */
export function escapeText(text: string): string {
  const fit = hasUnfit.test(text)
    ? text.replaceAll(unfit, (one) => `_x${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`)
    : text;
  return /[&<>]/.test(fit) ? fit.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") : fit;
}

export function sheetPath(number: number): string {
  return `xl/worksheets/sheet${number}.xml`;
}

/** The head of a sheet up to and with its line of headers. */
export function sheetHead(
  columns: readonly { kind: ColumnKind; style: number }[],
  headCells: string,
  isFirst: boolean,
): string {
  const widths = { text: 24, time: 20, number: 12 };
  const cols = columns.map(
    ({ kind, style }, at) =>
      `<col min="${at + 1}" max="${at + 1}" width="${widths[kind]}" style="${style}" customWidth="1"/>`,
  );
  return `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView${isFirst ? ' tabSelected="1"' : ""} workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>${cols.join("")}</cols><sheetData><row r="1">${headCells}</row>`;
}

export function headCell(name: string, text: string): string {
  return `<c r="${name}" s="3" t="inlineStr"><is><t xml:space="preserve">${escapeText(text)}</t></is></c>`;
}

export function sheetEnd(range: string): string {
  return `</sheetData><autoFilter ref="${range}"/></worksheet>`;
}

/** Parts that are known before the rows. */
export function first({ times, now }: { times: TimeStyle; now: Date }): Part[] {
  const clock = times.as === "unix" ? "seconds since 1970-01-01T00:00:00Z" : times.timeZone;
  return [
    [
      "_rels/.rels",
      `${declaration}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2" Type="${packages}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`,
    ],
    [
      "docProps/core.xml",
      `${declaration}<cp:coreProperties xmlns:cp="${packages}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>Gatehouse</dc:creator><dc:description>Times: ${escapeText(clock)}</dc:description><dcterms:created xsi:type="dcterms:W3CDTF">${now.toISOString()}</dcterms:created></cp:coreProperties>`,
    ],
    [
      "xl/styles.xml",
      // Cells: 0 as they come, 1 texts, 2 moments, 3 headers.
      `${declaration}<styleSheet xmlns="${main}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
    ],
  ];
}

/** Parts that name all sheets. */
export function last(sheets: readonly { name: string; range: string }[]): Part[] {
  const each = (text: (sheet: { name: string; range: string }, number: number) => string) =>
    sheets.map((sheet, at) => text(sheet, at + 1)).join("");
  return [
    [
      "xl/workbook.xml",
      `${declaration}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${each(({ name }, number) => `<sheet name="${escapeAttribute(name)}" sheetId="${number}" r:id="rId${number}"/>`)}</sheets><definedNames>${each(({ name, range }, number) => `<definedName name="_xlnm._FilterDatabase" localSheetId="${number - 1}" hidden="1">'${escapeText(name.replaceAll("'", "''"))}'!${range}</definedName>`)}</definedNames></workbook>`,
    ],
    [
      "xl/_rels/workbook.xml.rels",
      `${declaration}<Relationships xmlns="${packages}/relationships">${each((_, number) => `<Relationship Id="rId${number}" Type="${office}/worksheet" Target="worksheets/sheet${number}.xml"/>`)}<Relationship Id="rId${sheets.length + 1}" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    ],
    [
      "[Content_Types].xml",
      `${declaration}<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/>${each((_, number) => `<Override PartName="/${sheetPath(number)}" ContentType="${type}.worksheet+xml"/>`)}<Override PartName="/xl/styles.xml" ContentType="${type}.styles+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`,
    ],
  ];
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;");
}
