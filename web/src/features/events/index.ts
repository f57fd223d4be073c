export { EventList } from "./Table";
export { useEvents } from "./queries";
