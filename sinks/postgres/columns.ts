/**
 * The columns of a table that statements fill, with the types in which they come as JSON. `jsonTexts` come as texts that
 * hold JSON and become jsonb.
 */
export function columnsOf(types: Readonly<Record<string, string>>, jsonTexts: readonly string[] = []) {
  const names = Object.keys(types)
  return {
    names: names.join(', '),
    definition: names.map((name) => `${name} ${types[name]}`).join(', '),
    /** What is read from the rows, in the order of the names. */
    values: names.map((name) => (jsonTexts.includes(name) ? `${name}::jsonb` : name)).join(', '),
    /** The columns of one of several tables of a statement. */
    of: (table: string): string => names.map((name) => `${table}.${name}`).join(', '),
  }
}
