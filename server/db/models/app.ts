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
  backchannelLogoutUri: CreationOptional<string | null>;
  grantTypes: string[];
  access: CreationOptional<"everyone" | "chosen">;
  createdAt: Date;
  updatedAt: Date;
}

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
      access: { type: DataTypes.TEXT, allowNull: false, defaultValue: "everyone" },
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: "apps", underscored: true, timestamps: false },
  );
}
