const KINDS: Record<string, string> = {
  SYSTEM_DRAGGABLE: "Drag and drop",
  USER_DRAGGABLE: "HTML with editable parts",
  CODE: "HTML",
  SIMPLE: "Simple text",
};

/** How a template is edited. */
export const kindWords = (editorType: string | null | undefined) => KINDS[editorType ?? ""] ?? editorType ?? "";

const USES: Record<string, string> = { campaign: "Campaigns", flow: "Flows", transactional: "About orders" };

/** What a starter is for. */
export const wordsOfUse = (use: string) => USES[use] ?? use;
