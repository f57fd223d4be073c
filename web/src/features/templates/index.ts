export { Preview } from "./edit/Preview";
export { useCreateTemplate, type Starter } from "./queries";
export { Starters } from "./Starters";
export { Thumbnail } from "./Thumbnail";
