import { DataTypes } from "sequelize";
import type { CreationOptional, InferAttributes, InferCreationAttributes, Model, Sequelize } from "sequelize";
import type { FactorRule, Status } from "../../contract/users.ts";
import type { DirectoryId, RoleId, UserId } from "../../kernel/ids.ts";

export interface UserModel extends Model<InferAttributes<UserModel>, InferCreationAttributes<UserModel>> {
  id: UserId;
  username: string | null;
  displayName: string;
  givenName: CreationOptional<string | null>;
  familyName: CreationOptional<string | null>;
  email: CreationOptional<string | null>;
  roleId: RoleId;
  locale: CreationOptional<string | null>;
  timeZone: CreationOptional<string | null>;
  marketingConsent: CreationOptional<boolean>;
  directoryId: CreationOptional<DirectoryId | null>;
  externalId: CreationOptional<string | null>;
  resource: CreationOptional<Record<string, unknown>>;
  custom: CreationOptional<Record<string, unknown>>;
  onboardedAt: CreationOptional<Date | null>;
  blockedAt: CreationOptional<Date | null>;
  disabledAt: CreationOptional<Date | null>;
  deletedAt: CreationOptional<Date | null>;
  /** Follows from the four facts above; PostgreSQL works it out. */
  status: CreationOptional<Status>;
  signInCount: CreationOptional<number>;
  lastActiveAt: CreationOptional<Date | null>;
  lastAddress: CreationOptional<string | null>;
  deviceLimit: CreationOptional<number | null>;
  factorRule: CreationOptional<FactorRule | null>;
  /** Counts changes; the ETag of the SCIM resource. */
  version: CreationOptional<string>;
  createdAt: Date;
  updatedAt: Date;
}

/** A user: one human account. */
export function defineUser(sequelize: Sequelize) {
  return sequelize.define<UserModel>(
    "User",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      username: { type: DataTypes.TEXT },
      displayName: { type: DataTypes.TEXT, allowNull: false },
      givenName: { type: DataTypes.TEXT },
      familyName: { type: DataTypes.TEXT },
      email: { type: DataTypes.TEXT },
      roleId: { type: DataTypes.UUID, allowNull: false },
      locale: { type: DataTypes.TEXT },
      timeZone: { type: DataTypes.TEXT },
      marketingConsent: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      directoryId: { type: DataTypes.UUID },
      externalId: { type: DataTypes.TEXT },
      resource: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      custom: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      onboardedAt: { type: DataTypes.DATE },
      blockedAt: { type: DataTypes.DATE },
      disabledAt: { type: DataTypes.DATE },
      deletedAt: { type: DataTypes.DATE },
      status: { type: DataTypes.TEXT },
      signInCount: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      lastActiveAt: { type: DataTypes.DATE },
      lastAddress: { type: DataTypes.INET },
      deviceLimit: { type: DataTypes.INTEGER },
      factorRule: { type: DataTypes.TEXT },
      version: { type: DataTypes.BIGINT },
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: "users", underscored: true, timestamps: false },
  );
}
