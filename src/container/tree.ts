/** A file, link or directory with its content, as it is to be added to the store. */
export type Tree =
  | { readonly kind: 'file'; readonly content: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'directory'; readonly entries: Readonly<Record<string, Tree>> };
