export { findProfile, useProfile } from "./queries";
export { handleOf, nameOf, ProfileTable } from "./Table";
