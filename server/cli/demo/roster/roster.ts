/** A person as an HR system knows them. Empty texts stand for what is not known. */
export interface Person {
  employeeNumber: string;
  externalId: string;
  userName: string;
  givenName: string;
  familyName: string;
  displayName: string;
  workEmail: string;
  homeEmail: string;
  phone: string;
  title: string;
  department: string;
  site: string;
  costCenter: string;
  /** Employee number of the manager. */
  manager: string;
  locale: string;
  timezone: string;
  isActive: boolean;
}

export interface Team {
  name: string;
  /** Employee numbers. */
  members: string[];
}

export interface Roster {
  people: Person[];
  teams: Team[];
}
