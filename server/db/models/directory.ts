import { DataTypes } from "sequelize";
import type { CreationOptional, InferAttributes, InferCreationAttributes, Model, Sequelize } from "sequelize";
import type { DirectoryProduct } from "../../contract/directory-products.ts";
import type { DirectoryId } from "../../kernel/ids.ts";

export interface DirectoryModel extends Model<
  InferAttributes<DirectoryModel>,
  InferCreationAttributes<DirectoryModel>
> {
  id: DirectoryId;
  name: string;
  product: CreationOptional<DirectoryProduct>;
  rateLimit: CreationOptional<number | null>;
  adopt: CreationOptional<"username" | "email" | null>;
  ownPasswords: boolean;
  switches: CreationOptional<Record<string, boolean>>;
  pausedAt: CreationOptional<Date | null>;
  deletingAt: CreationOptional<Date | null>;
  lastRequestAt: CreationOptional<Date | null>;
  createdAt: Date;
  updatedAt: Date;
}

/** A directory: an external system that provisions over SCIM. */
export function defineDirectory(sequelize: Sequelize) {
  return sequelize.define<DirectoryModel>(
    "Directory",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      product: { type: DataTypes.TEXT, allowNull: false, defaultValue: "other" },
      rateLimit: { type: DataTypes.INTEGER },
      adopt: { type: DataTypes.TEXT },
      ownPasswords: { type: DataTypes.BOOLEAN, allowNull: false },
      switches: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      pausedAt: { type: DataTypes.DATE },
      deletingAt: { type: DataTypes.DATE },
      lastRequestAt: { type: DataTypes.DATE },
      createdAt: { type: DataTypes.DATE, allowNull: false },
      updatedAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: "directories", underscored: true, timestamps: false },
  );
}
