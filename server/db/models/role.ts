import { DataTypes } from "sequelize";
import type { CreationOptional, InferAttributes, InferCreationAttributes, Model, Sequelize } from "sequelize";
import type { RoleId } from "../../kernel/ids.ts";

export interface RoleModel extends Model<InferAttributes<RoleModel>, InferCreationAttributes<RoleModel>> {
  id: RoleId;
  name: string;
  permissions: string[];
  isBuiltIn: CreationOptional<boolean>;
  createdAt: Date;
}

/** A named set of permissions. */
export function defineRole(sequelize: Sequelize) {
  return sequelize.define<RoleModel>(
    "Role",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      permissions: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false },
      isBuiltIn: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      createdAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: "roles", underscored: true, timestamps: false },
  );
}
