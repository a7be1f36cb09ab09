import { open } from 'node:fs/promises';

/** What a file is by its content; the name is never asked. `foreign` is anything no agency may send. */
export type FileKind =
  | { readonly kind: 'text' | 'zip' | 'gz' | 'ole2' | 'empty' }
  | { readonly kind: 'foreign'; readonly zh: string; readonly en: string };

/** Reads the first bytes of a file and says what it is. A zip may still be a workbook: see unwrap.ts. */
export async function kindOfFile(path: string): Promise<FileKind> {
  const head = await headOf(path, 512);
  if (head.length === 0) return { kind: 'empty' };
  const bytes = head.toString('latin1');
  for (const [signature, kind] of wrappings) if (bytes.startsWith(signature)) return { kind };
  const markup = bytes
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  for (const [signature, zh, en] of foreign) if (bytes.startsWith(signature)) return { kind: 'foreign', zh, en };
  for (const [signature, zh, en] of markups) if (markup.startsWith(signature)) return { kind: 'foreign', zh, en };
  return { kind: 'text' };
}

/** The first `length` bytes of a file, or all of a shorter one. */
export async function headOf(path: string, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const wrappings = [
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ['\x1f\x8b', 'gz'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'ole2'],
] as const;

/** What is really sent by mistake. Signatures of under four bytes could begin a text and are left out. */
const foreign = [
  ['%PDF-', 'PDF 文件', 'a PDF'],
  ['\x89PNG', 'PNG 图片', 'a PNG picture'],
  ['\xff\xd8\xff', 'JPEG 图片', 'a JPEG picture'],
  ['GIF8', 'GIF 图片', 'a GIF picture'],
  ['II*\x00', 'TIFF 图片', 'a TIFF picture'],
  ['MM\x00*', 'TIFF 图片', 'a TIFF picture'],
  ['Rar!', 'RAR 压缩包，请改用 zip 或 gz', 'a RAR archive; use zip or gz'],
  ['7z\xbc\xaf', '7z 压缩包，请改用 zip 或 gz', 'a 7z archive; use zip or gz'],
  ['\xfd7zXZ', 'xz 压缩包，请改用 zip 或 gz', 'an xz archive; use zip or gz'],
  ['\x28\xb5\x2f\xfd', 'zstd 压缩包，请改用 zip 或 gz', 'a zstd archive; use zip or gz'],
  ['BZh9', 'bzip2 压缩包，请改用 zip 或 gz', 'a bzip2 archive; use zip or gz'],
  ['PAR1', 'Parquet 文件', 'a Parquet file'],
  ['SQLite format 3', 'SQLite 数据库', 'an SQLite database'],
  ['\x7fELF', '程序文件', 'a program'],
  ['MZ\x90\x00', '程序文件', 'a program'],
] as const;

const markups = [
  [
    '<!doctype html',
    '网页（HTML），请用 Excel 打开后另存为 xlsx',
    'a web page (HTML); open it in Excel and save as xlsx',
  ],
  ['<html', '网页（HTML），请用 Excel 打开后另存为 xlsx', 'a web page (HTML); open it in Excel and save as xlsx'],
  ['<table', '网页（HTML），请用 Excel 打开后另存为 xlsx', 'a web page (HTML); open it in Excel and save as xlsx'],
  ['<?xml', 'XML 文件，请用 Excel 打开后另存为 xlsx', 'an XML file; open it in Excel and save as xlsx'],
  ['{\\rtf', 'RTF 文档', 'an RTF document'],
] as const;
