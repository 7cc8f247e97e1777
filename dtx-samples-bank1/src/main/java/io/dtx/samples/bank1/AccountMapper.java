package io.dtx.samples.bank1;

import java.math.BigDecimal;
import org.apache.ibatis.annotations.Mapper;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

@Mapper
interface AccountMapper {

    /** Returns the number of accounts changed: 0 if there is no such account or it does not hold that much. */
    @Update("UPDATE account_info SET account_balance = account_balance - #{amount}"
            + " WHERE account_no = #{accountNo} AND account_balance >= #{amount}")
    int debit(String accountNo, BigDecimal amount);

    @Select("SELECT account_balance FROM account_info WHERE account_no = #{accountNo}")
    BigDecimal balance(String accountNo);
}
