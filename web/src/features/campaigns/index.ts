export { useCampaigns } from "./queries";
export { CampaignTable } from "./Table";
