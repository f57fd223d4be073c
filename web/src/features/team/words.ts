const NAMES: Record<string, string> = {
  owner: "Owner",
  admin: "Admin",
  manager: "Manager",
  "campaign-coordinator": "Campaign coordinator",
  "content-creator": "Content creator",
  analyst: "Analyst",
  support: "Support",
};

export const roleName = (role: string): string => NAMES[role] ?? role;
