import { DataTypes } from "sequelize";
import type { InferAttributes, InferCreationAttributes, Model, Sequelize } from "sequelize";

export interface SettingModel extends Model<InferAttributes<SettingModel>, InferCreationAttributes<SettingModel>> {
  key: string;
  value: unknown;
  updatedAt: Date;
}

/** A setting of the organization that differs from its default. */
export function defineSetting(sequelize: Sequelize) {
  return sequelize.define<SettingModel>(
    "Setting",
    {
      key: { type: DataTypes.TEXT, primaryKey: true },
      value: { type: DataTypes.JSONB, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: "settings", underscored: true, timestamps: false },
  );
}
