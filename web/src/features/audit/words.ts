/** An operation's name as words: `create_webhook` → "Create webhook". */
export function sentence(operation: string): string {
  const words = operation.replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
