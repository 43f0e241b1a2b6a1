import * as access from "./app-access.ts";
import * as apps from "./apps.ts";
import * as attributes from "./attributes.ts";
import * as connections from "./connections.ts";
import * as directories from "./directories.ts";
import type { Endpoint } from "./endpoint.ts";
import * as groups from "./groups.ts";
import * as organization from "./organization.ts";
import * as records from "./records.ts";
import * as tokens from "./tokens.ts";
import * as users from "./users.ts";

/** The whole admin API, by operation id. */
export const endpoints = {
  getMe: organization.getMe,
  signOut: organization.signOut,
  getOverview: organization.getOverview,
  listRoles: organization.listRoles,
  listSettings: organization.listSettings,
  setSetting: organization.setSetting,
  listAttributes: attributes.listAttributes,
  createAttribute: attributes.createAttribute,
  getAttribute: attributes.getAttribute,
  updateAttribute: attributes.updateAttribute,
  deleteAttribute: attributes.deleteAttribute,
  listTokens: tokens.listTokens,
  revokeToken: tokens.revokeToken,
  listUsers: users.listUsers,
  createUser: users.createUser,
  getUser: users.getUser,
  updateUser: users.updateUser,
  actOnUser: users.actOnUser,
  setTemporaryPassword: users.setTemporaryPassword,
  setPasswordExpiry: users.setPasswordExpiry,
  deleteUser: users.deleteUser,
  listUserSessions: users.listUserSessions,
  endUserSession: users.endUserSession,
  listUserDevices: users.listUserDevices,
  removeUserDevice: users.removeUserDevice,
  listGroups: groups.listGroups,
  getGroup: groups.getGroup,
  listGroupMembers: groups.listGroupMembers,
  listApps: apps.listApps,
  createApp: apps.createApp,
  getApp: apps.getApp,
  updateApp: apps.updateApp,
  rotateAppSecret: apps.rotateAppSecret,
  deleteApp: apps.deleteApp,
  listAppLogouts: apps.listAppLogouts,
  listAppAssignments: access.listAppAssignments,
  findAppCandidates: access.findAppCandidates,
  assignApp: access.assignApp,
  unassignApp: access.unassignApp,
  listEntitlements: access.listEntitlements,
  createEntitlement: access.createEntitlement,
  updateEntitlement: access.updateEntitlement,
  deleteEntitlement: access.deleteEntitlement,
  listEntitlementHolders: access.listEntitlementHolders,
  findEntitlementCandidates: access.findEntitlementCandidates,
  grantEntitlement: access.grantEntitlement,
  revokeEntitlement: access.revokeEntitlement,
  listUserApps: access.listUserApps,
  listConnections: connections.listConnections,
  createConnection: connections.createConnection,
  getConnection: connections.getConnection,
  updateConnection: connections.updateConnection,
  deleteConnection: connections.deleteConnection,
  listUserIdentities: connections.listUserIdentities,
  linkUserIdentity: connections.linkUserIdentity,
  unlinkUserIdentity: connections.unlinkUserIdentity,
  listDirectories: directories.listDirectories,
  createDirectory: directories.createDirectory,
  getDirectory: directories.getDirectory,
  updateDirectory: directories.updateDirectory,
  rotateDirectoryToken: directories.rotateDirectoryToken,
  addDirectoryClient: directories.addDirectoryClient,
  rotateDirectorySecret: directories.rotateDirectorySecret,
  removeDirectoryClient: directories.removeDirectoryClient,
  listDirectoryRequests: directories.listDirectoryRequests,
  listEvents: records.listEvents,
  listMails: records.listMails,
  getMail: records.getMail,
  retryMail: records.retryMail,
} as const satisfies Record<string, Endpoint>;

export type Endpoints = typeof endpoints;
