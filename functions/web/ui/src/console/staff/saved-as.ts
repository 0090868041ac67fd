// Files that the server makes of people.
export const formats = ['xlsx', 'csv'] as const;
export type Format = (typeof formats)[number];

/** The name that the server gives the file. */
export function savedAs(header: string | null, format: Format): string {
  const said = /filename\*=UTF-8''([^;]+)/.exec(header ?? '')?.[1];
  return said ? decodeURIComponent(said) : `export.${format}`;
}
