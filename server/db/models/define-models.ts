import type { Sequelize } from "sequelize";
import { defineApp } from "./app.ts";
import { defineDirectory } from "./directory.ts";
import { defineMail } from "./mail.ts";
import { defineRole } from "./role.ts";
import { defineSetting } from "./setting.ts";
import { defineUser } from "./user.ts";

/** The models of one Sequelize instance, with their associations. */
export function defineModels(sequelize: Sequelize) {
  const models = {
    App: defineApp(sequelize),
    Directory: defineDirectory(sequelize),
    Mail: defineMail(sequelize),
    Role: defineRole(sequelize),
    Setting: defineSetting(sequelize),
    User: defineUser(sequelize),
  };
  models.User.belongsTo(models.Role, { as: "role", foreignKey: "roleId" });
  models.User.belongsTo(models.Directory, { as: "directory", foreignKey: "directoryId" });
  return models;
}

export type Models = ReturnType<typeof defineModels>;
