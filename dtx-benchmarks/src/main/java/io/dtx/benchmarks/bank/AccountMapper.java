package io.dtx.benchmarks.bank;

import java.math.BigDecimal;
import org.apache.ibatis.annotations.Mapper;
import org.apache.ibatis.annotations.Update;

@Mapper
interface AccountMapper {

    @Update("UPDATE account_info SET account_balance = account_balance - #{amount}"
            + " WHERE account_no = #{accountNo} AND account_balance >= #{amount}")
    int debit(String accountNo, BigDecimal amount);

    @Update("UPDATE account_info SET account_balance = account_balance + #{amount} WHERE account_no = #{accountNo}")
    int credit(String accountNo, BigDecimal amount);
}
