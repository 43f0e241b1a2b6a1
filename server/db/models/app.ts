import { DataTypes } from "sequelize";
import type { CreationOptional, InferAttributes, InferCreationAttributes, Model, Sequelize } from "sequelize";
import type { AppId } from "../../kernel/ids.ts";

export interface AppModel extends Model<InferAttributes<AppModel>, InferCreationAttributes<AppModel>> {
  id: AppId;
  clientId: string;
  name: string;
  secretHash: CreationOptional<Buffer | null>;
  isPublic: boolean;
  isMachine: boolean;
  isThirdParty: boolean;
  isBuiltIn: CreationOptional<boolean>;
  requireFactor: boolean;
  scimMe: CreationOptional<boolean>;
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  backchannelLogoutUri: string | null;
  grantTypes: string[];
  access: "everyone" | "chosen";
  scopes: string[] | null;
  groupsClaim: "all" | "assigned";
  accessTokenSeconds: number | null;
  idTokenSeconds: number | null;
  refreshIdleSeconds: number | null;
  refreshAbsoluteSeconds: number | null;
  idTokenAlg: "RS256" | "ES256";
  proof: "secret" | "key";
  jwks: { keys: Record<string, unknown>[] } | null;
  jwksUri: string | null;
  requirePar: boolean;
  requireJar: boolean;
  requireDpop: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** What an app has, but for the digest of its secret. */
export type AppColumns = Omit<InferAttributes<AppModel>, "secretHash">;

/** An app: a client of the OpenID provider. */
export function defineApp(sequelize: Sequelize) {
  return sequelize.define<AppModel>(
    "App",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      clientId: { type: DataTypes.TEXT, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      secretHash: { type: DataTypes.BLOB },
      isPublic: { type: DataTypes.BOOLEAN, allowNull: false },
      isMachine: { type: DataTypes.BOOLEAN, allowNull: false },
      isThirdParty: { type: DataTypes.BOOLEAN, allowNull: false },
      isBuiltIn: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      requireFactor: { type: DataTypes.BOOLEAN, allowNull: false },
      scimMe: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      redirectUris: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false },
      postLogoutRedirectUris: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false },
      backchannelLogoutUri: { type: DataTypes.TEXT },
      grantTypes: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false },
      access: { type: DataTypes.TEXT, allowNull: false },
      scopes: { type: DataTypes.ARRAY(DataTypes.TEXT) },
      groupsClaim: { type: DataTypes.TEXT, allowNull: false },
      accessTokenSeconds: { type: DataTypes.INTEGER },
      idTokenSeconds: { type: DataTypes.INTEGER },
      refreshIdleSeconds: { type: DataTypes.INTEGER },
      refreshAbsoluteSeconds: { type: DataTypes.INTEGER },
      idTokenAlg: { type: DataTypes.TEXT, allowNull: false },
      proof: { type: DataTypes.TEXT, allowNull: false },
      jwks: { type: DataTypes.JSONB },
      jwksUri: { type: DataTypes.TEXT },
      requirePar: { type: DataTypes.BOOLEAN, allowNull: false },
      requireJar: { type: DataTypes.BOOLEAN, allowNull: false },
      requireDpop: { type: DataTypes.BOOLEAN, allowNull: false },
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: "apps", underscored: true, timestamps: false },
  );
}
