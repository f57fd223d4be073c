export { useCampaigns } from "./queries";
export { CampaignTable } from "./Table";
export { TemplateChooser } from "./edit/TemplateChooser";
