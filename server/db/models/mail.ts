import { DataTypes } from "sequelize";
import type { CreationOptional, InferAttributes, InferCreationAttributes, Model, Sequelize } from "sequelize";
import type { MailId, UserId } from "../../kernel/ids.ts";

export interface MailModel extends Model<InferAttributes<MailModel>, InferCreationAttributes<MailModel>> {
  id: MailId;
  userId: CreationOptional<UserId | null>;
  recipient: string;
  template: string;
  locale: string;
  subject: string;
  sealed: CreationOptional<Buffer | null>;
  state: "waiting" | "sent" | "failed" | "kept";
  attempts: CreationOptional<number>;
  lastError: CreationOptional<string | null>;
  createdAt: Date;
  sentAt: CreationOptional<Date | null>;
}

/** A mail in the outbox. */
export function defineMail(sequelize: Sequelize) {
  return sequelize.define<MailModel>(
    "Mail",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      userId: { type: DataTypes.UUID },
      recipient: { type: DataTypes.TEXT, allowNull: false },
      template: { type: DataTypes.TEXT, allowNull: false },
      locale: { type: DataTypes.TEXT, allowNull: false },
      subject: { type: DataTypes.TEXT, allowNull: false },
      sealed: { type: DataTypes.BLOB },
      state: { type: DataTypes.TEXT, allowNull: false },
      attempts: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      lastError: { type: DataTypes.TEXT },
      createdAt: { type: DataTypes.DATE, allowNull: false },
      sentAt: { type: DataTypes.DATE },
    },
    { tableName: "mails", underscored: true, timestamps: false },
  );
}
