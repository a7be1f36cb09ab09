/** A list of codes with their Chinese texts; both are accepted in a file, the code is what is kept. */
export type CodeList = {
  readonly name: string;
  /** Codes shorter than this are padded with zeros on the left: `1` → `01`. */
  readonly width?: number;
  /** code → Chinese text. */
  readonly codes: Readonly<Record<string, string>>;
  /** Further texts agencies write → code. The area's settings may add to it (see `categoryNames`). */
  readonly synonyms?: Readonly<Record<string, string>>;
};
